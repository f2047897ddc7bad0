import type { S3TargetSpec } from "../../schema/targets/s3";

/** Request parameters for encryption and tags. */
export function storageOf(spec: S3TargetSpec) {
  return { ...encryptionOf(spec), ...taggingOf(spec) } as const;
}

/** Tags in the query syntax of the header. */
function taggingOf({ tags = {} }: S3TargetSpec) {
  const pairs = Object.entries(tags).map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.length === 0 ? {} : { Tagging: pairs.join("&") };
}

/** Request parameters of artifacts, but not of records. */
export function artifactHeadersOf({ storageClass, cacheControl }: S3TargetSpec) {
  return {
    // The SDK's type lists only some of the storage classes.
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as "STANDARD" }),
    ...(cacheControl === "" ? {} : { CacheControl: cacheControl }),
  };
}

export function encryptionOf({ sse, kmsKeyId }: S3TargetSpec) {
  const algorithm = sse ?? (kmsKeyId === undefined ? undefined : "aws:kms");
  return {
    ...(algorithm === undefined ? {} : { ServerSideEncryption: algorithm }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  } as const;
}
