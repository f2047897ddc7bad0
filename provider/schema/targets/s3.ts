import { z } from "zod";
import { sizeSchema } from "../../base/size";
import { httpUrl, targetFormats, text } from "../primitives";
import { publicUrl } from "./public-url";

/** Limit of S3. */
const mostTags = 10;
const tagText = /^[\p{L}\p{N}\p{Z}_.:/=+@-]*$/u;

/** Object tags within the limits of S3. */
const objectTags = z.record(z.string(), z.string()).superRefine((tags, context) => {
  if (Object.keys(tags).length > mostTags) {
    context.addIssue({ code: "custom", message: `holds more than ${mostTags} tags` });
  }
  for (const [name, value] of Object.entries(tags)) {
    const message =
      name === "" || name.length > 128 || /^aws:/i.test(name)
        ? "is not a valid tag name: 1 to 128 characters that do not begin with `aws:`"
        : value.length > 256
          ? "is longer than 256 characters"
          : !tagText.test(name) || !tagText.test(value)
            ? "holds a character that is not allowed in tags; allowed are letters, digits, spaces and _ . : / = + - @"
            : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
  }
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
  /** Tags of every object that is written from now on. */
  tags: objectTags.optional(),
  /** `Cache-Control` of artifacts, whose content never changes under one name. Empty for none. */
  cacheControl: z
    .string()
    .regex(/^[\x20-\x7e]*$/, "holds a character that is not allowed in a header")
    .default("max-age=31536000, immutable"),
  /** Base or template of `url` for readers: `https://cdn.example.com/{key}`. */
  publicUrl: publicUrl(["{bucket}", "{key}"]).optional(),
  /** `required-only` for servers that reject the SDK's default checksums (R2, OVH and others). */
  checksums: z.enum(["auto", "required-only"]).default("auto"),
  /** Part size of multipart uploads. Default: 32 MiB, or more if the object would have more than 10,000 parts. */
  partSize: sizeSchema.optional(),
  /** Literal credentials are stored in the state, as secrets; prefer the environment or a profile. */
  accessKeyId: text.optional(),
  secretAccessKey: text.optional(),
  sessionToken: text.optional(),
  formats: targetFormats,
});

export const s3Target = s3Object.superRefine((target, context) => {
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
export type S3TargetSpec = z.infer<typeof s3Target>;
