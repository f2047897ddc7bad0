import { StylusError } from "../base/errors";

/** The error of a local file that is modified during its publication. */
export function changedFile(path: string, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why,
    next: "Nothing was published. Run the build again to convert the file again.",
  });
}
