import { setTimeout as delay } from "node:timers/promises";
import { StylusError } from "./errors";

/**
 * The error for an aborted signal: its reason if that is a StylusError (a deadline, a dead QEMU),
 * otherwise `build.cancelled`.
 */
export function cancelled(signal: AbortSignal): StylusError {
  if (signal.reason instanceof StylusError) return signal.reason;
  return new StylusError("build.cancelled", {
    what: "The build was cancelled.",
    next: "Run it again. Finished stages are kept and not repeated.",
    cause: signal.reason,
  });
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

/** Waits. Throws `cancelled(signal)` if the signal is aborted meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  throwIfCancelled(signal);
}
