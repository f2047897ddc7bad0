import { z } from "zod";
import { formatNames } from "./names";
import { httpUrl, text } from "./primitives";
import { sizeSchema } from "./size";

const targetFormats = z.array(z.enum(formatNames)).min(1).optional();

const directoryTarget = z.strictObject({
  type: z.literal("directory"),
  /** Folder; a relative path resolves against the Pulumi project's root, or the working directory of the CLI. */
  path: text,
  formats: targetFormats,
});

const s3Object = z.strictObject({
  type: z.literal("s3"),
  bucket: text,
  prefix: z
    .string()
    .default("")
    .transform((value) => value.replace(/^\/+|\/+$/g, "")),
  region: text.optional(),
  endpoint: httpUrl.transform((value) => value.replace(/\/+$/, "")).optional(),
  profile: text.optional(),
  pathStyle: z.boolean().optional(),
  sse: z.enum(["AES256", "aws:kms"]).optional(),
  kmsKeyId: text.optional(),
  storageClass: text.optional(),
  /** `required-only` for servers that reject the SDK's default checksums (R2, OVH and others). */
  checksums: z.enum(["auto", "required-only"]).default("auto"),
  /** Part size of multipart uploads; 64 MiB unless the object needs larger parts (10,000 at most). */
  partSize: sizeSchema.optional(),
  /** Literal credentials end in state, as secrets; prefer the environment or a profile. */
  accessKeyId: text.optional(),
  secretAccessKey: text.optional(),
  sessionToken: text.optional(),
  formats: targetFormats,
});

const s3Target = s3Object.superRefine((target, context) => {
  const { accessKeyId, secretAccessKey, sessionToken } = target;
  if ((accessKeyId ?? secretAccessKey ?? sessionToken) === undefined) return;
  for (const key of ["accessKeyId", "secretAccessKey"] as const) {
    if (target[key] !== undefined) continue;
    context.addIssue({
      code: "custom",
      path: [key],
      message: "is missing: literal credentials need `accessKeyId` and `secretAccessKey`",
    });
  }
});
export type DirectoryTargetSpec = z.infer<typeof directoryTarget>;
export type S3TargetSpec = z.infer<typeof s3Target>;

export const targetSchema = z.discriminatedUnion("type", [directoryTarget, s3Target]);
export type TargetSpec = z.infer<typeof targetSchema>;

/** What makes two targets the same one. */
export function placeOf(target: TargetSpec): string {
  switch (target.type) {
    case "directory":
      return `directory ${target.path}`;
    case "s3":
      return `s3 ${target.endpoint ?? ""} ${target.bucket} ${target.prefix}`;
  }
}
