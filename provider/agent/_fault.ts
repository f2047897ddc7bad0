import { asStylusError, StylusError } from "../base/errors";
import { cancelled } from "../base/cancellation";

/** Why a build ended: what was waited for when it was cancelled may say so in words of its own. */
export function faultOf(thrown: unknown, signal: AbortSignal): StylusError {
  const isOurs = thrown instanceof StylusError || !signal.aborted;
  return isOurs ? asStylusError(thrown) : cancelled(signal);
}
