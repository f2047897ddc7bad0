import { describeThrown, StylusError } from "../../base/errors";
import { throwIfCancelled } from "../../base/cancellation";

/** The `code` of an error of the file system, such as `ENOENT`. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Whether an error says that nothing exists at this path. */
export function isMissing(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** An error of the file system while publishing; `doing` completes the sentence "Cannot ...". */
export function fileError(thrown: unknown, doing: string, signal?: AbortSignal): StylusError {
  if (signal !== undefined) throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const what = `Cannot ${doing}: ${describeThrown(thrown)}.`;
  switch (systemCode(thrown) ?? "unknown") {
    case "ENOSPC":
    case "EDQUOT":
      return new StylusError("host.disk-full", {
        what,
        why: "The file system or the quota is full.",
        next: "Free disk space there (`df -h`), or publish to another folder; no partial file was left.",
        cause: thrown,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new StylusError("publish.denied", {
        what,
        why: "This user may not write there, or the file system is mounted read-only.",
        next: "Correct the folder's owner and mode, or publish to another folder.",
        cause: thrown,
      });
    case "ENOTDIR":
      return new StylusError("publish.failed", {
        what,
        why: "A part of the path is a file, not a folder.",
        next: "Correct the target's `path`.",
        cause: thrown,
      });
    default:
      return new StylusError("publish.failed", {
        what,
        next: "Look at the folder and its file system; the next run continues from what is there.",
        cause: thrown,
      });
  }
}
