import { resolve } from "node:path";
import { folderUrl } from "../schema/targets/identity";
import { type HttpTargetSpec } from "../schema/targets/http";
import { type S3TargetSpec } from "../schema/targets/s3";
import { type TargetSpec } from "../schema/targets/target";
import type { Address } from "./addresses";
import { addressInFolder } from "./directory/layout";
import { publicationUrl } from "./http/address";
import { encodedKey, s3KeyOfUri, s3Url } from "./s3/address";
import { mayConfigureEndpoint } from "./s3/configured-endpoint";
import { urlAtServer } from "./vsphere/address";

/**
 * The current address of a publication as far as the target's spec gives it, without opening the target. Undefined if
 * only the target's client can tell: where AWS settings or a kubeconfig decide.
 */
export function addressBySpec(
  spec: TargetSpec,
  { uri, url }: Address,
  rootDirectory: string,
): Address | undefined {
  switch (spec.type) {
    case "directory":
      return addressInFolder(resolve(rootDirectory, spec.path), { uri, url });
    case "oci":
      return { uri, url };
    case "vsphere":
      return { uri, url: urlAtServer(spec, url) };
    case "http":
      return { uri, url: httpReadUrl(spec, uri) };
    case "s3": {
      const current = s3ReadUrl(spec, { uri, url });
      return current === undefined ? undefined : { uri, url: current };
    }
    case "cdi":
      return undefined;
  }
}

export function httpReadUrl(spec: HttpTargetSpec, uri: string): string {
  const path = publicationUrl(spec, uri).slice(folderUrl(spec.url).length + 1);
  return fillPublicUrl(spec.publicUrl ?? spec.url, path);
}

export function s3ReadUrl(spec: S3TargetSpec, { uri, url }: Address): string | undefined {
  const key = s3KeyOfUri(spec, uri);
  if (spec.publicUrl !== undefined) {
    return fillPublicUrl(spec.publicUrl, encodedKey(key), spec.bucket);
  }
  // A server of one's own has no region in its address.
  if (spec.endpoint !== undefined) return s3Url(spec, key, "");
  const region = spec.region ?? regionIn(url);
  return region === undefined || mayConfigureEndpoint() ? undefined : s3Url(spec, key, region);
}

/** Fills a template with `{key}`, or appends the key to a base URL; `path` is already percent-encoded. */
function fillPublicUrl(template: string, path: string, bucket = ""): string {
  const filled = template.replaceAll("{bucket}", () => encodeURIComponent(bucket));
  return filled.includes("{key}")
    ? filled.replaceAll("{key}", () => path)
    : `${folderUrl(filled)}/${path}`;
}

/** The region in a URL at AWS. A bucket never leaves its region, so it is kept, whatever region the environment names. */
export function regionIn(url: string): string | undefined {
  return /^https:\/\/(?:[^/]+\.)?s3(?:-fips)?(?:\.dualstack)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(
    url,
  )?.[1];
}
