import type { Artifact } from "../outputs";
import { inputError } from "./input-error";

/** The path-style URL of an object. CDI always treats the first part of the path as the bucket. */
export function pathStyleUrl({ uri, url }: Artifact): string {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const parsed = new URL(url);
  const path = decodeURIComponent(parsed.pathname);
  if (path === `/${bucket}/${key}`) return url;
  if (path === `/${key}` && parsed.host.startsWith(`${bucket}.`)) {
    return `${parsed.protocol}//${parsed.host.slice(bucket.length + 1)}/${bucket}${parsed.pathname}`;
  }
  throw inputError({
    what: `CDI cannot read ${uri} at ${url}.`,
    why: "CDI treats the first part of the path as the bucket, but the URL of the server has a path before it.",
    next: 'Use `access: "http"` if the object is public, or an endpoint without a path.',
  });
}
