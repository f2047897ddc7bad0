import { s3TargetId } from "../schema/targets/identity";
import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { StylusError } from "../base/errors";
import { formatPath, invalidInput } from "../schema/parse";
import type { Publication } from "../schema/state";
import { type S3TargetSpec } from "../schema/targets/s3";
import { targetSchema } from "../schema/targets/target";
import { s3KeyOfUri } from "./s3/address";
import { connectS3 } from "./s3/connection";

/** The limit of SigV4. */
const longestPresigned = 7 * 24 * 60 * 60;

const presignOptions = z.strictObject({
  expiresIn: z
    .int("must be whole seconds")
    .min(1, "must be a second at least")
    .max(longestPresigned, `must be ${longestPresigned} seconds (7 days) at most, as S3 allows`),
  /** Targets of `publishTo`, for their credentials; by default those of the environment. */
  target: z.unknown(),
  contentDisposition: z
    .string()
    .regex(/^[\x20-\x7e]+$/, "holds what no header can")
    .optional(),
});

export interface Presigned {
  readonly url: string;
  /** Why the URL may expire early, as a sentence. */
  readonly warning?: string | undefined;
}

/** A URL with which anybody can download the artifact for a limited time. Sends no request. */
export async function presignPublication(
  publication: Pick<Publication, "format" | "target" | "uri">,
  requested: unknown,
  signal: AbortSignal,
): Promise<Presigned> {
  const { expiresIn, target, contentDisposition } = parsed(presignOptions, requested, []);
  const spec = specFor(publication, target);
  const key = s3KeyOfUri(spec, publication.uri);
  const disposition = contentDisposition ?? dispositionOf(publication.format, key);
  // Otherwise the SDK signs a checksum of the empty body into the URL.
  const connection = connectS3({ ...spec, checksums: "required-only" });
  return connection.call(`sign a URL of ${key}`, signal, async (sdk, client) => {
    const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
    const command = new sdk.GetObjectCommand({
      Bucket: spec.bucket,
      Key: key,
      ...(disposition !== undefined && { ResponseContentDisposition: disposition }),
    });
    const warning = await warningOf(client, expiresIn);
    return { url: withNameLast(await getSignedUrl(client, command, { expiresIn })), warning };
  });
}

/** Pulumi's vSphere provider recognizes an OVA by the end of its URL, so the name is last and has no quotes. */
function dispositionOf(format: Publication["format"], key: string): string | undefined {
  return format === "ova" ? `attachment; filename=${key.split("/").at(-1) ?? key}` : undefined;
}

/** Moves the file name to the end. The signature sorts the parameters, so their order in the URL is free. */
function withNameLast(url: string): string {
  const [address = "", query = ""] = url.split("?");
  const isName = (parameter: string): boolean => /^response-content-disposition=/.test(parameter);
  const parameters = query.split("&");
  const ordered = [
    ...parameters.filter((parameter) => !isName(parameter)),
    ...parameters.filter(isName),
  ];
  return `${address}?${ordered.join("&")}`;
}

async function warningOf(client: S3Client, expiresIn: number): Promise<string | undefined> {
  const { expiration, sessionToken } = await client.config.credentials();
  if (expiration !== undefined && expiration.getTime() < Date.now() + expiresIn * 1000) {
    return `The URL ends at ${expiration.toISOString()} with the temporary credentials that signed it.`;
  }
  return expiration === undefined && sessionToken !== undefined
    ? "The credentials that signed the URL are temporary, and it ends with them."
    : undefined;
}

function specFor(
  { target, uri }: Pick<Publication, "target" | "uri">,
  given: unknown,
): S3TargetSpec {
  const spec = parsed(targetSchema, given ?? inputOf(target, uri), ["target"]);
  if (spec.type === "s3" && s3TargetId(spec) === target) return spec;
  throw new StylusError("input.invalid", {
    what: `${uri} cannot be presigned.`,
    why:
      spec.type === "s3"
        ? `It lies at ${target}, and the target that is named is ${s3TargetId(spec)}.`
        : "Only what lies in a bucket can be read by a URL with a signature.",
    next: "Name the `s3` target that the artifact was published to.",
  });
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, at: readonly string[]): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidInput(
    result.error.issues.map(({ path, message }) => ({
      path: formatPath([...at, ...path]),
      reason: message,
    })),
  );
}

/** Bucket, prefix and server from the target's identity. */
function inputOf(target: string, uri: string): unknown {
  const match = /^s3:\/\/([^/ ]+)(?:\/(.*?))?(?: \((https?:\/\/.*)\))?$/.exec(target);
  if (match === null) return { type: "directory", path: uri };
  const [, bucket, prefix, endpoint] = match;
  return { type: "s3", bucket, prefix, endpoint };
}
