import { setTimeout as delay } from "node:timers/promises";
import type { Qmp, QmpEvent } from "../../system/qmp/client";
import type { Console } from "./console";

/** How a run of the machine ended. QEMU's exit code says nothing, so it is told from what was seen. */
export type RunOutcome =
  | { readonly kind: "powered off" }
  | { readonly kind: "reset" }
  | { readonly kind: "panicked" }
  | { readonly kind: "halted" }
  | { readonly kind: "stalled" }
  /** Under KVM only: not a sign of life since the boot loader. */
  | { readonly kind: "no boot activity" }
  | { readonly kind: "host disk full" }
  | { readonly kind: "disk error"; readonly reason: string }
  | { readonly kind: "qemu died"; readonly reason: string }
  /** What the caller waited for has come. */
  | { readonly kind: "satisfied" }
  | { readonly kind: "aborted" };

const panicLine = /Kernel panic - not syncing/;
const haltLine = /reboot: System halted/;

/** The first event that is an end. */
export function outcomeFromEvents(qmp: Qmp, console: Console): Promise<RunOutcome> {
  return new Promise((resolve) => {
    qmp.onEvent((event) => {
      const ending = outcomeOfEvent(event, console);
      if (ending !== undefined) resolve(ending);
    });
  });
}

/** What an event means, if it is an end. */
export function outcomeOfEvent(
  event: QmpEvent,
  console: Pick<Console, "matches">,
): RunOutcome | undefined {
  switch (event.event) {
    case "GUEST_PANICKED":
      return { kind: "panicked" };
    case "SHUTDOWN":
      return outcomeOfShutdown(event.data.reason, console);
    case "BLOCK_IO_ERROR":
      if (event.data.nospace) return { kind: "host disk full" };
      // Reported to the guest, which may well go on without: a bad sector of a CD is not the end.
      if (event.data.action !== "stop") return undefined;
      return { kind: "disk error", reason: `${event.data.operation} failed: ${event.data.reason}` };
    case "RESET":
    case "STOP":
    case "POWERDOWN":
      return undefined;
  }
}

function outcomeOfShutdown(reason: string, console: Pick<Console, "matches">): RunOutcome {
  if (reason === "guest-shutdown") return { kind: "powered off" };
  if (reason === "guest-panic" || console.matches(panicLine)) return { kind: "panicked" };
  if (reason === "guest-reset") return { kind: "reset" };
  return { kind: "qemu died", reason: `QEMU was ended from outside (${reason})` };
}

/** A kernel without the pvpanic driver says its end only on the console; one that halts likewise. */
export async function outcomeFromConsole(
  console: Console,
  signal: AbortSignal,
): Promise<RunOutcome> {
  for (;;) {
    await delay(500, undefined, { signal });
    if (console.matches(panicLine)) {
      // The trace follows the line.
      await delay(2000, undefined, { signal });
      return { kind: "panicked" };
    }
    if (console.matches(haltLine)) return { kind: "halted" };
  }
}

/** The end that whoever runs the machine wants. */
export function outcomeFromAbort(signal: AbortSignal): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ kind: "aborted" });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** The end of a QEMU that is gone, from what it said last. */
export function outcomeOfDeadQemu(stderr: string): RunOutcome {
  if (/No space left on device/i.test(stderr)) return { kind: "host disk full" };
  return { kind: "qemu died", reason: stderr.trim() };
}
