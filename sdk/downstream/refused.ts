import { StylusError, type ErrorDetails } from "../../provider/base/errors";

/** What a program asked of an image that the image, or what stands downstream, cannot give. */
export function refused(details: ErrorDetails): StylusError {
  return new StylusError("input.invalid", details);
}
