import { canonicalJson, type JsonMap } from "../../base/json";
import { slowDigest } from "../slow-digest";
import { renderUserData } from "./write-yaml";

/** Files of a CD labelled `cidata`. */
export interface SeedFiles {
  readonly "user-data": string;
  readonly "meta-data": string;
}

/** The files for an install. The installer does not read `meta-data`, but NoCloud requires it. */
export function seedFiles(document: JsonMap): SeedFiles {
  return { "user-data": renderUserData(document), "meta-data": "" };
}

/**
 * The files of a `SiteSeed`. The instance ID follows from the content, because cloud-init reads a seed again only if
 * its instance ID is new. The digest is slow: the SHA-256 of the seed is public, and with a fast digest passwords
 * could be tried against it.
 */
export function siteSeedFiles(document: JsonMap): SeedFiles {
  const id = slowDigest(canonicalJson(document), "pulumi-stylus-image instance v1");
  return { "user-data": renderUserData(document), "meta-data": `instance-id: ${id}\n` };
}
