import { setTimeout as delay } from "node:timers/promises";
import { StylusError } from "./errors";

/**
 * What an aborted signal means: the reason itself where somebody aborted with a StylusError (a
 * deadline, a dead QEMU), else that the build was cancelled.
 */
export function cancelled(signal: AbortSignal): StylusError {
  if (signal.reason instanceof StylusError) return signal.reason;
  return new StylusError("build.cancelled", {
    what: "The build was cancelled.",
    next: "Run it again; what was finished is kept and is not done a second time.",
    cause: signal.reason,
  });
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

/** Waits; ends early by throwing `cancelled(signal)`. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  throwIfCancelled(signal);
}
