import { fileURLToPath } from "node:url";
import type { Artifact } from "../outputs";
import { refused } from "./refused";

export interface FileAddress {
  readonly place: "remote" | "local";
  readonly address: string;
}

/**
 * Where the vSphere provider fetches an artifact. It tells what a file is by the end of its address, so that a query
 * in it is followed by a fragment, which is never sent.
 */
export function fileAddress({ url, format }: Artifact, other: string | undefined): FileAddress {
  const address = other ?? url;
  const suffix = `.${format}`;
  if (/^https?:\/\//.test(address)) {
    const bare = address.replace(/#.*$/, "");
    const fragment = bare.endsWith(suffix) ? "" : `#/${fileName(url, suffix)}`;
    return { place: "remote", address: bare + fragment };
  }
  const path = address.startsWith("file://") ? fileURLToPath(address) : address;
  if (!/^[a-z0-9+]+:\/\//i.test(path) && path.endsWith(suffix)) {
    return { place: "local", address: path };
  }
  throw refused({
    what: `The vSphere provider cannot read ${withoutQuery(address)}.`,
    why: `It takes http and https addresses, and files of its own machine that end in ${suffix}.`,
    next: "Publish the artifact to an `s3` or `directory` target, or give such an address as `url`.",
  });
}

function fileName(url: string, suffix: string): string {
  const last = /([^/]+)$/.exec(withoutQuery(url))?.[1];
  return last?.endsWith(suffix) === true ? last : `image${suffix}`;
}

/** A query may be a signature. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
