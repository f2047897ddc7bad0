import { systemCode } from "../system/files/errors";
import { describeThrown, StylusError } from "../base/errors";
import { throwIfCancelled } from "../base/cancellation";

/** The error for whatever was thrown while the artifact at `path` was made; `next` where no known reason says it better. */
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
      next: "Make room (`stylus-image cache prune` helps), or set XDG_CACHE_HOME to a larger disk.",
      cause: thrown,
    });
  }
  return new StylusError("convert.failed", { what, next, cause: thrown });
}

/** What to do after a conversion of the base disk that failed for no known reason. */
export const tryAgain = "Run it again; the base disk is kept, so nothing is installed anew.";

/** The same of what is made from the installer, or from user-data alone. */
export const tryAgainWithoutDisk =
  "Check the folder and the build host's disk (`dmesg`), then run it again; nothing is installed for it.";
