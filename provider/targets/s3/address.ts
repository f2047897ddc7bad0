import { s3TargetId } from "../../schema/targets/identity";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { StylusError } from "../../base/errors";

/** The part of the spec that locates objects. */
export type S3Location = Pick<S3TargetSpec, "bucket" | "prefix" | "endpoint" | "pathStyle">;

/** The key of a name below the target's root. */
export function s3Key({ prefix }: S3Location, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

export function s3Uri({ bucket }: S3Location, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** The key of a publication. A URI outside the target's prefix is an error, so that no other object is ever removed. */
export function s3KeyOfUri(location: S3Location, uri: string): string {
  const root = s3Uri(location, s3Key(location, ""));
  if (uri.startsWith(root) && uri.length > root.length) {
    return uri.slice(`s3://${location.bucket}/`.length);
  }
  throw new StylusError("internal", {
    what: `${uri} is not in ${s3TargetId(location)}.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}

/**
 * The URI at this location of a file that a record here describes. A copied bucket, or one under another prefix, has records
 * with the URIs of the original; the file lies beside them under the same name.
 */
export function s3UriHere(location: S3Location, uri: string): string {
  const root = s3Uri(location, s3Key(location, ""));
  if (uri.startsWith(root)) return uri;
  return `${root}${uri.split("/").slice(-2).join("/")}`;
}

/** Path style is the default for a custom endpoint: few S3-compatible servers have wildcard DNS names. */
export function usesPathStyle({ bucket, endpoint, pathStyle }: S3Location): boolean {
  // A wildcard certificate does not cover a bucket name with a dot.
  return pathStyle ?? (endpoint !== undefined || bucket.includes("."));
}

/** The permanent URL, without query, signature or credentials. */
export function s3Url(location: S3Location, key: string, region: string): string {
  const endpoint = new URL(location.endpoint ?? awsEndpoint(region));
  const path = encodedKey(key);
  const base = endpoint.pathname.replace(/\/+$/, "");
  return usesPathStyle(location)
    ? `${endpoint.protocol}//${endpoint.host}${base}/${location.bucket}/${path}`
    : `${endpoint.protocol}//${location.bucket}.${endpoint.host}${base}/${path}`;
}

export function encodedKey(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}

function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
