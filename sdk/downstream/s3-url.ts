import type { Artifact } from "../outputs";
import { refused } from "./refused";

/** An object's address with the bucket first in its path: CDI knows no other, and takes what stands there for it. */
export function pathStyleUrl({ uri, url }: Artifact): string {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const parsed = new URL(url);
  const path = decodeURIComponent(parsed.pathname);
  if (path === `/${bucket}/${key}`) return url;
  if (path === `/${key}` && parsed.host.startsWith(`${bucket}.`)) {
    return `${parsed.protocol}//${parsed.host.slice(bucket.length + 1)}/${bucket}${parsed.pathname}`;
  }
  throw refused({
    what: `CDI cannot read ${uri} at ${url}.`,
    why: "It takes the first part of the path for the bucket, and the server has a path of its own before it.",
    next: 'Use `access: "http"` where anybody may read the object, or an endpoint without a path.',
  });
}
