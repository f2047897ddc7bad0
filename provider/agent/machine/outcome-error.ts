import { StylusError, type ErrorCode } from "../../base/errors";
import { cancelled } from "../../base/cancellation";
import type { RunOutcome } from "./run-outcome";
import type { MachineResult } from "./virtual-machine";
import { fullDiskError, reasonNotToBoot, waitingError } from "./waiting-error";

type Purpose = "install" | "verify";

const guestDiskFull = /no space left on device|ENOSPC|disk is full/i;

/** The error for a run that did not end as expected, with the console's last lines and the files to look at. */
export function outcomeError(
  purpose: Purpose,
  result: MachineResult,
  serialLog: string,
  signal: AbortSignal,
): StylusError {
  if (result.outcome.kind === "aborted") return withEvidence(cancelled(signal), result, serialLog);
  const { code, ...words } = purpose === "install" ? installError(result) : verifyError(result);
  return withEvidence(new StylusError(code, words), result, serialLog);
}

/** Adds the console's last lines, the serial log and the screenshot to an error. */
export function withEvidence(
  error: StylusError,
  result: MachineResult,
  serialLog: string,
): StylusError {
  if (error.code === "build.cancelled") return error;
  return new StylusError(error.code, {
    ...error.details,
    tail: tailOf(result),
    files: [serialLog, ...(result.screenshot === undefined ? [] : [result.screenshot])],
  });
}

/** The last lines of the console, or of the screen if they say more. */
function tailOf({ outcome, console, screenTail }: MachineResult): string {
  const isOnScreen = outcome.kind === "waiting" && outcome.shownOn === "screen";
  const tail = console.tail();
  return (isOnScreen || tail === "") && screenTail !== "" ? screenTail : tail;
}

interface ErrorText {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why?: string;
  readonly next: string;
}

function installError({ outcome, console }: MachineResult): ErrorText {
  // A full disk is the cause, however the installer ends after it.
  const isSaid = outcome.kind === "waiting" && outcome.words.wait === "full disk";
  if (outcome.kind !== "host disk full" && !isSaid && console.matches(guestDiskFull))
    return fullDiskError();
  switch (outcome.kind) {
    case "reset":
      return {
        code: "install.rebooted",
        what: "The machine rebooted instead of powering off.",
        why: "The installer, or a stage of the user-data, asked for a reboot, or its kernel restarted after an error.",
        next: "Look at the console; remove the reboot from the user-data.",
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
        next: "Use `install.poweroff: true` (the default) and remove the halt from the user-data.",
      };
    case "stalled":
    case "no boot activity":
      return {
        code: "install.stalled",
        what: "The installer stalled: no activity on the console, the disk, the CDs or the screen.",
        why: "It waits for an answer or for user-data, or it hangs. A clock, a status line and messages of the kernel are no activity.",
        next: "Look at the console and the screenshot; correct the user-data, or raise `timeouts.stall`.",
      };
    case "waiting":
      return waitingError(outcome.words);
    case "satisfied":
    case "powered off":
    case "aborted":
    case "host disk full":
    case "disk error":
    case "qemu died":
      return machineError(outcome, "install");
  }
}

/** The kernel's reason. The error quotes only the end of the stack trace below it. */
function panicReason(console: MachineResult["console"]): string {
  const reason = /not syncing: (.+)/.exec(
    console.firstMatch(/Kernel panic - not syncing/) ?? "",
  )?.[1];
  return reason === undefined ? "" : `: ${reason}`;
}

function verifyError({ outcome }: MachineResult): ErrorText {
  const why = "The disk was not published.";
  switch (outcome.kind) {
    case "reset":
      return {
        code: "verify.rebooted",
        what: "The installed system reset the machine when it was booted for verification.",
        why,
        next: "Look at the console: a panic or a stage of the user-data restarts it.",
      };
    case "waiting":
      return {
        code: "verify.not-booting",
        what: `The installed system did not come up when it was booted for verification: ${reasonNotToBoot(outcome.words)}.`,
        why,
        next: "Look at the console and the screenshot for what failed before.",
      };
    case "panicked":
    case "halted":
    case "stalled":
    case "no boot activity":
    case "powered off":
      return {
        code: "verify.not-booting",
        what: `The installed system did not come up when it was booted for verification (the machine ${outcome.kind === "no boot activity" ? "showed no boot activity" : outcome.kind}).`,
        why,
        next: "Look at the console and the screenshot; `verify.boot: false` publishes without this check.",
      };
    case "satisfied":
    case "aborted":
    case "host disk full":
    case "disk error":
    case "qemu died":
      return machineError(outcome, "verification");
  }
}

function machineError(outcome: RunOutcome, during: string): ErrorText {
  if (outcome.kind === "host disk full") {
    return {
      code: "host.disk-full",
      what: `The build host's disk was full during the ${during}.`,
      why: "The machine's disk is sparse and grows as it is written.",
      next: "Free disk space (for example with `stylus-image cache prune`), or set XDG_CACHE_HOME to a folder on a larger disk.",
    };
  }
  if (outcome.kind === "disk error") {
    return {
      code: "install.io-error",
      what: `QEMU could not use the machine's disk: ${outcome.reason}.`,
      why: "The file that holds the disk could not be read or written.",
      next: "Check the build host's disk and its log (`dmesg`).",
    };
  }
  return {
    code: "install.qemu-died",
    what: `QEMU ended during the ${during}: ${outcome.kind === "qemu died" ? outcome.reason : outcome.kind}.`,
    why: "It was killed, by a user or for lack of memory, or it could not run this machine.",
    next: "See `dmesg` for the out-of-memory killer, lower `machine.memory`, then run this again.",
  };
}
