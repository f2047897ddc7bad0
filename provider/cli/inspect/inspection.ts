import type { StylusError } from "../../base/errors";
import { invalidInput } from "../../schema/parse";

/** The result of `inspect` for a file: a document for `--json`, and lines of text. */
export interface Inspection {
  readonly document: unknown;
  readonly lines: readonly string[];
}

/** The error for a path that cannot be inspected; `reason` continues a sentence that begins with the path. */
export function notInspectable(path: string, reason: string): StylusError {
  return invalidInput([{ path, reason }]);
}
