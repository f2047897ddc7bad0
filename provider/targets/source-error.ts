import { StylusError } from "../base/errors";

const next = "Restore it, or run the build again to publish it again.";

/** The error of `retrieve` for a publication that does not exist. */
export function missingSource(uri: string): StylusError {
  const what = `${uri} cannot be used as a source.`;
  return new StylusError("publish.not-found", { what, why: "It does not exist.", next });
}

/** The error of `retrieve` for a publication that was altered. */
export function alteredSource(uri: string, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${uri} cannot be used as a source.`,
    why,
    next,
  });
}
