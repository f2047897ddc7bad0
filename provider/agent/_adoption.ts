import { StylusError } from "../base/errors";
import type { Build } from "./context";

/** Whether the plan only takes an image that exists. */
export function isAdoption({ plan }: Build): boolean {
  return plan.installer.source.type === "none";
}

/** Nothing that missing formats could be made from, and an install is out of the question. */
export function neverInstalled({ plan }: Build): StylusError {
  return new StylusError("convert.no-source", {
    what: `The adopted image ${plan.installKey ?? ""} cannot be made into what is missing.`,
    why: "Neither is its base disk in this machine's cache, nor is an artifact that holds every bit of it (raw, qcow2) at one of the targets; an adopted image is never installed anew. An iso is made from the installer, which an adopted image does not name.",
    next: "Name the target where such an artifact lies in `publishTo`, or run it on the machine that built the image, or give up `adopt` to build anew.",
  });
}
