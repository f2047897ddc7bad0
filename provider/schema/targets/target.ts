import { z } from "zod";
import { cdiAccepts, cdiTarget, cdiTargetId } from "./cdi";
import type { ArtifactFormat } from "../names";
import { ociTarget } from "./oci";
import { httpUrl, targetFormats, text } from "../primitives";
import { sizeSchema } from "../../base/size";
import { vsphereAccepts, vsphereTarget, vsphereTargetId } from "./vsphere";

const directoryTarget = z.strictObject({
  type: z.literal("directory"),
  /** Folder; a relative path resolves against the Pulumi project's root, or the working directory of the CLI. */
  path: text,
  formats: targetFormats,
});

/** Where others read: a base, or a template with these placeholders. It stands in outputs and records. */
function publicUrl(placeholders: readonly string[]) {
  return z
    .string()
    .superRefine((value, context) => {
      const filled = placeholders.reduce((url, name) => url.replaceAll(name, "x"), value);
      const message = !httpUrl.safeParse(filled.replace(/[{}]/g, "")).success
        ? "must be an http or https URL"
        : /[{}]/.test(filled)
          ? `has another placeholder than ${placeholders.join(" and ")}`
          : hasCredentials(filled)
            ? "holds a user or password, which everybody would see who reads the outputs"
            : /[?#]/.test(filled)
              ? "holds a query or fragment, which no file's address is made of"
              : undefined;
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .transform((value) => value.replace(/\/+$/, ""));
}

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
        ? "is no name of a tag: 1 to 128 characters that do not begin with `aws:`"
        : value.length > 256
          ? "is longer than 256 characters"
          : !tagText.test(name) || !tagText.test(value)
            ? "holds a character that tags cannot: letters, digits, spaces and _ . : / = + - @"
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
  /** Of everything that is written there, from then on. */
  tags: objectTags.optional(),
  /** Of artifacts; their names never stand for another content. Empty for none. */
  cacheControl: z
    .string()
    .regex(/^[\x20-\x7e]*$/, "holds what no header can")
    .default("max-age=31536000, immutable"),
  /** Base or template of `url` for those who read elsewhere: `https://cdn.example.com/{key}`. */
  publicUrl: publicUrl(["{bucket}", "{key}"]).optional(),
  /** `required-only` for servers that reject the SDK's default checksums (R2, OVH and others). */
  checksums: z.enum(["auto", "required-only"]).default("auto"),
  /** Part size of multipart uploads; 32 MiB unless the object needs larger parts (10,000 at most). */
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
/** An address that others may see: credentials in it would stand in outputs and records. */
const plainUrl = httpUrl
  .refine(
    (value) => !hasCredentials(value),
    'holds a user or password; give them in `headers`, such as `Authorization: "Basic ..."`, or in a `headersFile`',
  )
  .refine(
    (value) => !/[?#]/.test(value),
    "holds a query or fragment, which no file's address is made of; give a token in `headers` or a `headersFile`",
  )
  .transform((value) => value.replace(/\/+$/, ""));

const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
// Tab and what Latin-1 prints: a line break would begin another header.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that go to a server as they are. */
export const headersSchema = z.record(z.string(), z.string()).superRefine((headers, context) => {
  for (const [name, value] of Object.entries(headers)) {
    const message = !headerName.test(name)
      ? "is no name of a header: letters, digits and hyphens"
      : !headerValue.test(value)
        ? "holds a line break or another character that no header can"
        : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
  }
});

const httpTarget = z.strictObject({
  type: z.literal("http"),
  /** Address of a folder, without credentials, that takes PUT, GET, HEAD and DELETE. */
  url: plainUrl,
  /** Literal headers end in state, as secrets; prefer a `headersFile`. */
  headers: headersSchema.optional(),
  /** File with `Name: value` lines, read at each use; a relative path as that of a directory. */
  headersFile: text.optional(),
  /** Address of the same folder for those who read. */
  publicUrl: publicUrl(["{key}"]).optional(),
  createFolders: z.boolean().default(true),
  formats: targetFormats,
});

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== "" || password !== "";
}

export type HttpTargetSpec = z.infer<typeof httpTarget>;
export type DirectoryTargetSpec = z.infer<typeof directoryTarget>;
export type S3TargetSpec = z.infer<typeof s3Target>;

export const targetSchema = z.discriminatedUnion("type", [
  directoryTarget,
  s3Target,
  httpTarget,
  ociTarget,
  vsphereTarget,
  cdiTarget,
]);
export type TargetSpec = z.infer<typeof targetSchema>;

/** What makes two targets the same one. */
export function placeOf(target: TargetSpec): string {
  switch (target.type) {
    case "directory":
      return `directory ${target.path}`;
    case "s3":
      return `s3 ${target.endpoint ?? ""} ${target.bucket} ${target.prefix}`;
    case "http":
      return `http ${folderUrl(target.url)}`;
    case "oci":
      return `oci ${target.repository}`;
    case "vsphere":
      return vsphereTargetId(target);
    case "cdi":
      return cdiTargetId(target);
  }
}

/** The address in one spelling: lower-case host, no default port, no slash at the end. */
export function folderUrl(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}

/** Whether an artifact of that format goes there: all do, or those that the target names or is good for. */
export function accepts(target: TargetSpec, format: ArtifactFormat): boolean {
  if (target.formats !== undefined) return new Set<ArtifactFormat>(target.formats).has(format);
  switch (target.type) {
    case "vsphere":
      return vsphereAccepts(target, format);
    case "cdi":
      return cdiAccepts(format);
    case "directory":
    case "s3":
    case "http":
    case "oci":
      return true;
  }
}

/** Whether a network lies between. */
export function isRemote(target: TargetSpec): boolean {
  return target.type !== "directory";
}
