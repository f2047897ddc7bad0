import { cancelled } from "../base/cancellation";
import { asStylusError, StylusError } from "../base/errors";

/** Why a build ended. After a cancel, foreign errors of what was interrupted (an aborted request) count as the cancel. */
export function asBuildError(thrown: unknown, signal: AbortSignal): StylusError {
  if (thrown instanceof StylusError || !signal.aborted) return asStylusError(thrown);
  return cancelled(signal);
}
