import { setTimeout as delay } from "node:timers/promises";
import type { Qmp, QmpEvent } from "../../system/qmp/client";
import type { Console } from "./console";

/** How a run of the machine ended. QEMU's exit code says nothing, so it is told from what was seen. */
export type Ending =
  | { readonly how: "powered off" }
  | { readonly how: "reset" }
  | { readonly how: "panicked" }
  | { readonly how: "halted" }
  | { readonly how: "stalled" }
  /** Under KVM only: not a sign of life since the boot loader. */
  | { readonly how: "lifeless" }
  | { readonly how: "host disk full" }
  | { readonly how: "disk error"; readonly reason: string }
  | { readonly how: "qemu died"; readonly reason: string }
  /** What the caller waited for has come. */
  | { readonly how: "satisfied" }
  | { readonly how: "aborted" };

const panicLine = /Kernel panic - not syncing/;
const haltLine = /reboot: System halted/;

/** The first event that is an end. */
export function eventEnding(qmp: Qmp, console: Console): Promise<Ending> {
  return new Promise((resolve) => {
    qmp.onEvent((event) => {
      const ending = endingOf(event, console);
      if (ending !== undefined) resolve(ending);
    });
  });
}

/** What an event means, if it is an end. */
export function endingOf(event: QmpEvent, console: Pick<Console, "said">): Ending | undefined {
  switch (event.event) {
    case "GUEST_PANICKED":
      return { how: "panicked" };
    case "SHUTDOWN":
      return shutdownEnding(event.data.reason, console);
    case "BLOCK_IO_ERROR":
      if (event.data.nospace) return { how: "host disk full" };
      // Reported to the guest, which may well go on without: a bad sector of a CD is not the end.
      if (event.data.action !== "stop") return undefined;
      return { how: "disk error", reason: `${event.data.operation} failed: ${event.data.reason}` };
    case "RESET":
    case "STOP":
    case "POWERDOWN":
      return undefined;
  }
}

function shutdownEnding(reason: string, console: Pick<Console, "said">): Ending {
  if (reason === "guest-shutdown") return { how: "powered off" };
  if (reason === "guest-panic" || console.said(panicLine)) return { how: "panicked" };
  if (reason === "guest-reset") return { how: "reset" };
  return { how: "qemu died", reason: `QEMU was ended from outside (${reason})` };
}

/** A kernel without the pvpanic driver says its end only on the console; one that halts likewise. */
export async function consoleEnding(console: Console, signal: AbortSignal): Promise<Ending> {
  for (;;) {
    await delay(500, undefined, { signal });
    if (console.said(panicLine)) {
      // The trace follows the line.
      await delay(2000, undefined, { signal });
      return { how: "panicked" };
    }
    if (console.said(haltLine)) return { how: "halted" };
  }
}

/** The end that whoever runs the machine wants. */
export function aborted(signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ how: "aborted" });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** The end of a QEMU that is gone, from what it said last. */
export function diedFrom(stderr: string): Ending {
  if (/No space left on device/i.test(stderr)) return { how: "host disk full" };
  return { how: "qemu died", reason: stderr.trim() };
}
