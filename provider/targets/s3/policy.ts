import type { S3TargetSpec } from "../../schema/targets/s3";

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
