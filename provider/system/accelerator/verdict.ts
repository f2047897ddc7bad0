import { z } from "zod";
import { accelerators, type Accelerator } from "../../schema/names";

/** How one run of the boot sector ended. Times in seconds. */
export type BenchmarkRun =
  | { readonly outcome: "finished"; readonly loopSeconds: number; readonly totalSeconds: number }
  | { readonly outcome: "timed-out"; readonly limitSeconds: number; readonly stderr: string }
  | { readonly outcome: "died"; readonly how: string; readonly stderr: string };

/** One round of the benchmark: the sector under KVM, and under TCG if it finished under KVM. */
export interface Round {
  readonly kvm: BenchmarkRun;
  readonly tcg?: BenchmarkRun | undefined;
}

/** The state of the device file. */
export type DeviceState =
  | { readonly state: "usable" }
  | { readonly state: "absent" }
  | {
      readonly state: "forbidden";
      /** Whether the device's group may use it at all. */
      readonly groupMay: boolean;
    }
  | { readonly state: "broken"; readonly why: string };

export const verdictSchema = z.object({
  accelerator: z.enum(accelerators),
  /** Why: a message for the user. */
  reason: z.string(),
});
export interface Verdict {
  readonly accelerator: Accelerator;
  readonly reason: string;
}

/** Why /dev/kvm cannot be opened; undefined if it can. */
export function judgeDevice(device: DeviceState): string | undefined {
  switch (device.state) {
    case "usable":
      return undefined;
    case "absent":
      return "There is no /dev/kvm: hardware virtualisation is off in the firmware, not offered to this virtual machine, or its kernel module is not loaded.";
    case "forbidden": {
      const join =
        "/dev/kvm may not be opened by this user, who is not in the group `kvm`: run `sudo usermod -aG kvm $USER` and log in again.";
      const open = "`sudo chgrp kvm /dev/kvm && sudo chmod 0660 /dev/kvm`";
      return device.groupMay ? join : `${join} Its group has no access either: run ${open}.`;
    }
    case "broken":
      return `/dev/kvm cannot be opened: ${device.why}.`;
  }
}

/**
 * Whether KVM finished its loop correctly, in time and faster than TCG. The time of the loop or that of the whole run
 * counts: on a busy machine either may be wrong, and an emulated KVM is far slower by both.
 */
export function isKvmFaster({ kvm, tcg }: Round): boolean {
  if (kvm.outcome !== "finished") return false;
  if (tcg?.outcome !== "finished") return true;
  return kvm.loopSeconds < tcg.loopSeconds || kvm.totalSeconds < tcg.totalSeconds;
}

/** Whether another round could have another result: not if QEMU does not run at all. */
export function isWorthRepeating(round: Round): boolean {
  return !isKvmFaster(round) && round.kvm.outcome !== "died";
}

/** The verdict over all rounds. KVM must be faster in one: an emulated KVM never is. */
export function judgeBenchmark(rounds: readonly Round[]): Verdict {
  const fastRound = rounds.find(isKvmFaster);
  if (fastRound !== undefined) return { accelerator: "kvm", reason: kvmReason(fastRound) };
  const last = rounds.at(-1);
  const reason = last === undefined ? "KVM was not tried." : tcgReason(last);
  return { accelerator: "tcg", reason };
}

function kvmReason({ kvm, tcg }: Round): string {
  const own = kvm.outcome === "finished" ? milliseconds(kvm.loopSeconds) : "";
  const other =
    tcg?.outcome === "finished" ? ` and TCG ${milliseconds(tcg.loopSeconds)}` : "; TCG ran none";
  return `KVM proved itself: its test loop took ${own}${other}.`;
}

function tcgReason({ kvm, tcg }: Round): string {
  switch (kvm.outcome) {
    case "died":
      return `/dev/kvm is there, but QEMU does not run under it with the host's processor: it ${kvm.how}${quote(kvm.stderr)}.`;
    case "timed-out":
      return `/dev/kvm is there, but a boot sector that needs milliseconds did not end under it within ${kvm.limitSeconds} s${quote(kvm.stderr)}; it does not virtualise in hardware.`;
    case "finished": {
      const other = tcg?.outcome === "finished" ? milliseconds(tcg.loopSeconds) : "less";
      return `/dev/kvm is there, but slower than no virtualisation at all: its test loop took ${milliseconds(kvm.loopSeconds)}, TCG's ${other}.`;
    }
  }
}

function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}

/** The most useful line of QEMU's output: the first that is not a warning. */
function quote(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  const line = lines.find((it) => it !== "" && !/\bwarning:|terminating on signal/.test(it));
  return line === undefined ? "" : ` ("${line.slice(0, 160)}")`;
}
