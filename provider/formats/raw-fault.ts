import { dirname } from "node:path";
import { describeThrown, StylusError } from "../spec/errors";
import { throwIfCancelled } from "../system/run-cancelled";

/** A fault while a file was written, as an error that says what to do. */
export function writeFault(thrown: unknown, path: string, signal: AbortSignal): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StylusError("host.disk-full", {
      what: `The disk of ${dirname(path)} is full; the artifact was not written to its end.`,
      next: "Free space there and run again; the base disk is kept, so nothing is installed anew.",
      cause: thrown,
    });
  }
  return new StylusError("convert.failed", {
    what: `Cannot write ${path}: ${describeThrown(thrown)}.`,
    next: "Look at the file system and run again; the base disk is kept, so nothing is installed anew.",
    cause: thrown,
  });
}
