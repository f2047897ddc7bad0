import { systemCode } from "../publish/file-faults";
import { describeThrown, StylusError } from "../spec/errors";
import { throwIfCancelled } from "../system/run-cancelled";

/** The error for whatever was thrown while the artifact at `path` was made. */
export function writeFault(thrown: unknown, path: string, signal: AbortSignal): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const what = `Cannot write ${path}: ${describeThrown(thrown)}.`;
  const code = systemCode(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StylusError("host.disk-full", {
      what,
      why: "The file system or the quota is full.",
      next: "Make room (`stylus-image cache prune` helps), or set XDG_CACHE_HOME to a larger disk.",
      cause: thrown,
    });
  }
  return new StylusError("convert.failed", { what, next: tryAgain, cause: thrown });
}

/** What to do after a conversion that failed for no known reason. */
export const tryAgain = "Run it again; the base disk is kept, so nothing is installed anew.";
