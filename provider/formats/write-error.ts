import { systemCode } from "../system/files/errors";
import { describeThrown, StylusError } from "../base/errors";
import { throwIfCancelled } from "../base/cancellation";

/**
 * Converts an exception while writing `path` to an error. `next` applies if the cause is unknown.
 */
export function writeError(
  thrown: unknown,
  path: string,
  signal: AbortSignal,
  next: string = tryAgain,
): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const what = `Cannot write ${path}: ${describeThrown(thrown)}.`;
  const code = systemCode(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StylusError("host.disk-full", {
      what,
      why: "The file system or the quota is full.",
      next: "Free disk space (`stylus-image cache prune` helps), or set XDG_CACHE_HOME to a folder on a larger disk.",
      cause: thrown,
    });
  }
  return new StylusError("convert.failed", { what, next, cause: thrown });
}

/** Next step after a failed conversion of the base disk with an unknown cause. */
export const tryAgain = "Run it again; the base disk is kept, so nothing is installed anew.";

/** Next step after a failed `iso` or `seed`, which need no base disk. */
export const tryAgainWithoutDisk =
  "Check the folder and the build host's disk (`dmesg`), then run it again; nothing is installed for it.";
