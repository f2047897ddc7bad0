import { StylusError, type ErrorCode } from "../../base/errors";
import { cancelled } from "../../base/cancellation";
import type { RunOutcome } from "./run-outcome";
import type { MachineResult } from "./virtual-machine";

type Purpose = "install" | "verify";

const guestDiskFull = /no space left on device|ENOSPC|disk is full/i;

/** The error that an unwelcome end of a run means, with the console's tail and the files to look at. */
export function outcomeError(
  purpose: Purpose,
  end: MachineResult,
  serialLog: string,
  signal: AbortSignal,
): StylusError {
  if (end.outcome.kind === "aborted") return withEvidence(cancelled(signal), end, serialLog);
  const { code, ...words } = purpose === "install" ? installError(end) : verifyError(end);
  return withEvidence(new StylusError(code, words), end, serialLog);
}

/** The error with the console's tail, the serial log and the picture of the screen. */
export function withEvidence(
  error: StylusError,
  end: MachineResult,
  serialLog: string,
): StylusError {
  if (error.code === "build.cancelled") return error;
  return new StylusError(error.code, {
    ...error.details,
    tail: end.console.tail(),
    files: [serialLog, ...(end.screenshot === undefined ? [] : [end.screenshot])],
  });
}

interface ErrorText {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why?: string;
  readonly next: string;
}

function installError({ outcome: ending, console }: MachineResult): ErrorText {
  // A disk that is full is why an installer stops or waits, whatever it does then.
  if (ending.kind !== "host disk full" && console.matches(guestDiskFull)) {
    return {
      code: "install.disk-full",
      what: "The installer filled the machine's disk.",
      why: "The root file system and its copies need more than `machine.diskSize`.",
      next: "Raise `machine.diskSize`.",
    };
  }
  switch (ending.kind) {
    case "reset":
      return {
        code: "install.rebooted",
        what: "The machine rebooted instead of powering off.",
        why: "The installer, or a stage of the user-data, asked for a reboot, or its kernel restarted after a fault.",
        next: "Look at the console; remove what reboots from the user-data.",
      };
    case "panicked":
      return {
        code: "install.panicked",
        what: `The installer's kernel panicked${panicReason(console)}.`,
        why: "It had too little memory, does not know this firmware or processor, or is damaged.",
        next: "Look at the console; more memory (`machine.memory`) or another `machine.firmware` may help.",
      };
    case "halted":
      return {
        code: "install.halted",
        what: "The installer halted the machine without powering it off.",
        why: "The user-data, or the installer itself, halts where it should power off.",
        next: "Use `install.poweroff: true` (the default) and remove what halts from the user-data.",
      };
    case "stalled":
    case "no boot activity":
      return {
        code: "install.stalled",
        what: "The installer showed no sign of life: nothing on the console, the disk, the CDs or the screen.",
        why: "It waits for an answer or for user-data, or it hangs. What its journal said stands below.",
        next: "Look at the console and the picture of the screen; correct the user-data, or raise `timeouts.stall`.",
      };
    case "satisfied":
    case "powered off":
    case "aborted":
    case "host disk full":
    case "disk error":
    case "qemu died":
      return machineError(ending, "install");
  }
}

/** The kernel says why above its trace, which is longer than the part of the console that an error quotes. */
function panicReason(console: MachineResult["console"]): string {
  const reason = /not syncing: (.+)/.exec(
    console.firstMatch(/Kernel panic - not syncing/) ?? "",
  )?.[1];
  return reason === undefined ? "" : `: ${reason}`;
}

function verifyError({ outcome: ending }: MachineResult): ErrorText {
  const kept = "The disk was not published.";
  switch (ending.kind) {
    case "reset":
      return {
        code: "verify.rebooted",
        what: "The installed system reset the machine when it was booted for verification.",
        why: kept,
        next: "Look at the console: a panic or a stage of the user-data restarts it.",
      };
    case "panicked":
    case "halted":
    case "stalled":
    case "no boot activity":
    case "powered off":
      return {
        code: "verify.not-booting",
        what: `The installed system did not come up when it was booted for verification (the machine ${ending.kind === "no boot activity" ? "showed no sign of life" : ending.kind}).`,
        why: kept,
        next: "Look at the console and the picture of the screen; `verify.boot: false` publishes without this proof.",
      };
    case "satisfied":
    case "aborted":
    case "host disk full":
    case "disk error":
    case "qemu died":
      return machineError(ending, "verification");
  }
}

function machineError(ending: RunOutcome, during: string): ErrorText {
  if (ending.kind === "host disk full") {
    return {
      code: "host.disk-full",
      what: `The build host's disk was full during the ${during}.`,
      why: "The machine's disk is sparse and grows while it is written.",
      next: "Make room (`stylus-image cache prune` helps), or set XDG_CACHE_HOME to a larger disk.",
    };
  }
  if (ending.kind === "disk error") {
    return {
      code: "install.io-error",
      what: `QEMU could not use the machine's disk: ${ending.reason}.`,
      why: "The file that holds the disk could not be read or written.",
      next: "Check the build host's disk and its log (`dmesg`).",
    };
  }
  return {
    code: "install.qemu-died",
    what: `QEMU ended during the ${during}: ${ending.kind === "qemu died" ? ending.reason : ending.kind}.`,
    why: "It was killed, by hand or for want of memory, or it could not run this machine.",
    next: "See `dmesg` for the out-of-memory killer, lower `machine.memory`, then run it again.",
  };
}
