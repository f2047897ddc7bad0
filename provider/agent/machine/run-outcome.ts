import { setTimeout as delay } from "node:timers/promises";
import type { Qmp, QmpEvent } from "../../system/qmp/client";
import type { Console } from "./console";
import type { SilenceOutcome } from "./silence";

/** How a run of the machine ended. It comes from events and the console, because QEMU's exit code says nothing. */
export type RunOutcome =
  | { readonly kind: "powered off" }
  | { readonly kind: "reset" }
  | { readonly kind: "panicked" }
  | { readonly kind: "halted" }
  | SilenceOutcome
  | { readonly kind: "host disk full" }
  | { readonly kind: "disk error"; readonly reason: string }
  | { readonly kind: "qemu died"; readonly reason: string }
  /** The condition that the caller waited for is met. */
  | { readonly kind: "satisfied" }
  | { readonly kind: "aborted" };

const panicLine = /Kernel panic - not syncing/;
const haltLine = /reboot: System halted/;

/** The outcome of the first event that ends the run. */
export function outcomeFromEvents(qmp: Qmp, console: Console): Promise<RunOutcome> {
  return new Promise((resolve) => {
    qmp.onEvent((event) => {
      const outcome = outcomeOfEvent(event, console);
      if (outcome !== undefined) resolve(outcome);
    });
  });
}

/** The outcome that an event means; undefined if the run goes on. */
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
      // The guest gets the error and may continue, for example after a bad sector of a CD.
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

/** The outcome that only the console shows: a panic of a kernel without the pvpanic driver, or a halt. */
export async function outcomeFromConsole(
  console: Console,
  signal: AbortSignal,
): Promise<RunOutcome> {
  for (;;) {
    await delay(500, undefined, { signal });
    if (console.matches(panicLine)) {
      // The stack trace follows this line.
      await delay(2000, undefined, { signal });
      return { kind: "panicked" };
    }
    if (console.matches(haltLine)) return { kind: "halted" };
  }
}

/** The outcome when the caller aborts the run. */
export function outcomeFromAbort(signal: AbortSignal): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ kind: "aborted" });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** The outcome when QEMU exited, from the end of its standard error. */
export function outcomeOfDeadQemu(stderr: string): RunOutcome {
  if (/No space left on device/i.test(stderr)) return { kind: "host disk full" };
  return { kind: "qemu died", reason: stderr.trim() };
}
