import type { S3TargetSpec } from "../../schema/targets/s3";
import { throwIfCancelled } from "../../base/cancellation";
import { connectS3 } from "./connection";
import { sdkErrorOf, s3Error } from "./errors";

/** An IAM policy with exactly the permissions that publishing, refresh and delete need. */
export function s3Policy({ bucket, prefix }: Pick<S3TargetSpec, "bucket" | "prefix">): object {
  const objects = `arn:aws:s3:::${[bucket, prefix, "*"].filter((part) => part !== "").join("/")}`;
  const below =
    prefix === "" ? {} : { Condition: { StringLike: { "s3:prefix": [`${prefix}/*`] } } };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ListImages",
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: `arn:aws:s3:::${bucket}`,
        ...below,
      },
      {
        Sid: "PublishImages",
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:DeleteObject",
          "s3:ListMultipartUploadParts",
          "s3:AbortMultipartUpload",
        ],
        Resource: objects,
      },
    ],
  };
}

/** The problem with the access to a bucket, as far as a read request shows it; undefined if there is none. */
export async function s3AccessProblem(
  spec: S3TargetSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { bucket: Bucket, prefix } = spec;
  const question = { Bucket, MaxKeys: 1, ...(prefix !== "" && { Prefix: `${prefix}/` }) };
  try {
    await connectS3(spec).raw((sdk, client) =>
      client.send(new sdk.ListObjectsV2Command(question), { abortSignal: signal }),
    );
    return undefined;
  } catch (thrown) {
    throwIfCancelled(signal);
    const { name, status } = sdkErrorOf(thrown);
    if (status === 403 && name === "AccessDenied") {
      return `These credentials may not list ${Bucket} (s3:ListBucket). Without that permission S3 answers 403 for a missing object too, so refresh cannot detect missing files and no record is found.`;
    }
    return s3Error(thrown, "list objects", spec, signal).message;
  }
}
