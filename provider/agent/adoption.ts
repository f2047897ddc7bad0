import { StylusError } from "../base/errors";
import type { Build } from "./context";

/** Whether the plan adopts an existing image, so that nothing may be installed. */
export function isAdoption({ plan }: Build): boolean {
  return plan.installer.source.type === "none";
}

/** The error for an adopted image without a source for its missing formats. */
export function noSourceError({ plan }: Build): StylusError {
  return new StylusError("convert.no-source", {
    what: `The missing formats of the adopted image ${plan.installKey ?? ""} cannot be made.`,
    why: "Its base disk is not in this machine's cache, and no target has an artifact to restore it from (raw or qcow2); an adopted image is never installed again. An iso is made from the installer, which an adopted image does not name.",
    next: "Add a target that has such an artifact to `publishTo`, run this on the machine that built the image, or remove `adopt` to build a new image.",
  });
}
