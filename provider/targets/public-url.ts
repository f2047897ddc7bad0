import { folderUrl } from "../schema/targets/identity";
import type { Publication } from "../schema/state";
import { type HttpTargetSpec } from "../schema/targets/http";
import { type S3TargetSpec } from "../schema/targets/s3";
import { type TargetSpec } from "../schema/targets/target";
import { publicationUrl } from "./http/address";
import { encodedKey, s3KeyOfUri, s3Url } from "./s3/address";

type Addressed = Pick<Publication, "uri" | "url">;

/**
 * The address of a publication for those who read, as the target's spec of today gives it: what a record says is what
 * the one who published it wanted. Undefined where only the client knows, which looks for the region of AWS.
 */
export function urlAtTarget(spec: TargetSpec, publication: Addressed): string | undefined {
  switch (spec.type) {
    case "directory":
    case "oci":
    case "vsphere":
    case "cdi":
      return publication.url;
    case "http":
      return httpReadUrl(spec, publication.uri);
    case "s3":
      return s3ReadUrl(spec, publication);
  }
}

export function httpReadUrl(spec: HttpTargetSpec, uri: string): string {
  const path = publicationUrl(spec, uri).slice(folderUrl(spec.url).length + 1);
  return fillPublicUrl(spec.publicUrl ?? spec.url, path);
}

export function s3ReadUrl(spec: S3TargetSpec, { uri, url }: Addressed): string | undefined {
  const key = s3KeyOfUri(spec, uri);
  if (spec.publicUrl !== undefined) {
    return fillPublicUrl(spec.publicUrl, encodedKey(key), spec.bucket);
  }
  // A server of one's own has no region in its address.
  const region = spec.endpoint === undefined ? (spec.region ?? regionIn(url)) : "";
  return region === undefined ? undefined : s3Url(spec, key, region);
}

/** Fills a template with `{key}`, or appends the key to a base URL; `path` is already percent-encoded. */
function fillPublicUrl(template: string, path: string, bucket = ""): string {
  const filled = template.replaceAll("{bucket}", () => encodeURIComponent(bucket));
  return filled.includes("{key}")
    ? filled.replaceAll("{key}", () => path)
    : `${folderUrl(filled)}/${path}`;
}

function regionIn(url: string): string | undefined {
  return /^https:\/\/(?:[^/]+\.)?s3\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(url)?.[1];
}
