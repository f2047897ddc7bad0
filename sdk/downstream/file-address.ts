import { fileURLToPath } from "node:url";
import type { Artifact } from "../outputs";
import { inputError } from "./input-error";

/** A URL or path that the vSphere provider can read. */
export interface FileAddress {
  readonly location: "remote" | "local";
  readonly address: string;
}

/**
 * The address at which the vSphere provider reads an artifact. The provider recognizes the type of a file by the end of the
 * address, so a fragment with the file name, which is not sent to the server, is added after a query.
 */
export function fileAddress({ url, format }: Artifact, other: string | undefined): FileAddress {
  const address = other ?? url;
  const suffix = `.${format}`;
  if (/^https?:\/\//.test(address)) {
    const bare = address.replace(/#.*$/, "");
    const fragment = bare.endsWith(suffix) ? "" : `#/${fileName(url, suffix)}`;
    return { location: "remote", address: bare + fragment };
  }
  const path = address.startsWith("file://") ? fileURLToPath(address) : address;
  if (!/^[a-z0-9+]+:\/\//i.test(path) && path.endsWith(suffix)) {
    return { location: "local", address: path };
  }
  throw inputError({
    what: `The vSphere provider cannot read ${withoutQuery(address)}.`,
    why: `It reads http and https URLs, and local files that end in ${suffix}.`,
    next: "Publish the artifact to an `s3` or `directory` target, or set `url` to such a URL.",
  });
}

function fileName(url: string, suffix: string): string {
  const last = /([^/]+)$/.exec(withoutQuery(url))?.[1];
  return last?.endsWith(suffix) === true ? last : `image${suffix}`;
}

/** Removes the query, which may be a signature. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
