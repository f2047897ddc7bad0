import { StylusError, type ErrorDetails } from "../../provider/base/errors";

/** The error for options that the image, or the program that reads it, does not support. */
export function inputError(details: ErrorDetails): StylusError {
  return new StylusError("input.invalid", details);
}
