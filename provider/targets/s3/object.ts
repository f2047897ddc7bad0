import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { pause } from "../../base/cancellation";
import type { S3TargetSpec } from "../../schema/targets/s3";
import type { S3Connection } from "./connection";
import { sdkErrorOf, s3Error } from "./errors";

/** What an object of ours says of itself. */
export interface Content {
  readonly artifactKey: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const names = {
  /** Tells our objects from everybody else's. */
  marker: "stylus-image",
  artifactKey: "stylus-artifact-key",
  sha256: "stylus-sha256",
} as const;

export function metadataOf(content: Content): Record<string, string> {
  return {
    [names.marker]: "artifact",
    [names.artifactKey]: content.artifactKey,
    [names.sha256]: content.sha256,
  };
}

/** What HEAD tells of an object. */
interface ObjectHead {
  readonly sizeBytes: number;
  readonly etag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export function isArtifactOf(head: ObjectHead, artifactKey: string): boolean {
  return (
    head.metadata[names.marker] === "artifact" && head.metadata[names.artifactKey] === artifactKey
  );
}

/** Why the object is not this content, or undefined where it is. Without a known SHA-256 the artifact key decides. */
export function difference(
  head: ObjectHead,
  wanted: Omit<Content, "sha256"> & { readonly sha256?: string | undefined },
): string | undefined {
  if (head.metadata[names.marker] === undefined) {
    return "It was written by something else: it does not carry our metadata.";
  }
  if (!isArtifactOf(head, wanted.artifactKey)) {
    return "It is another artifact: its artifact key is a different one.";
  }
  if (head.sizeBytes !== wanted.sizeBytes) {
    return `It has ${head.sizeBytes} bytes, expected ${wanted.sizeBytes}.`;
  }
  const sha256 = head.metadata[names.sha256];
  if (wanted.sha256 !== undefined && sha256 !== wanted.sha256) {
    return `Its SHA-256 is ${sha256 ?? "not given"}, expected ${wanted.sha256}.`;
  }
  return undefined;
}

/** What HEAD tells, or what is definitely not there. */
export async function headObject(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<ObjectHead | "no-object" | "no-bucket"> {
  const { spec } = connection;
  const input = { Bucket: spec.bucket, Key: key };
  for (let looks = 1; ; looks += 1) {
    try {
      const answer = await connection.raw((sdk, client) =>
        client.send(new sdk.HeadObjectCommand(input), { abortSignal: signal }),
      );
      const { ContentLength: sizeBytes = 0, ETag: etag, Metadata: metadata = {} } = answer;
      return { sizeBytes, etag, metadata };
    } catch (thrown) {
      const { status = 0 } = sdkErrorOf(thrown);
      const unclear = status >= 400 && status < 500 && looks === 1;
      if (!unclear) throw s3Error(thrown, `look at ${key}`, spec, signal);
    }
    const gone = await findMissing(connection, key, signal);
    if (gone !== undefined) return gone;
    // It was created between the two looks.
  }
}

/**
 * HEAD has no body, so its answer says no more than a number: a 404 may be an unknown user's, or a
 * web server's that is no S3 at all, and a 400 an expired token's. A GET of one byte says.
 */
async function findMissing(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<"no-object" | "no-bucket" | undefined> {
  const { spec } = connection;
  try {
    await connection.raw(async (sdk, client) => {
      const input = { Bucket: spec.bucket, Key: key, Range: "bytes=0-0" };
      const answer = await client.send(new sdk.GetObjectCommand(input), { abortSignal: signal });
      await answer.Body?.transformToByteArray();
    });
    return undefined;
  } catch (thrown) {
    const gone = missingPart(thrown);
    if (gone !== undefined) return gone;
    throw s3Error(thrown, `look at ${key}`, spec, signal);
  }
}

/** What a definite "not there" of the server is about. */
export function missingPart(thrown: unknown): "no-object" | "no-bucket" | undefined {
  const { name, status } = sdkErrorOf(thrown);
  if (status !== 404) return undefined;
  if (name === "NoSuchKey") return "no-object";
  return name === "NoSuchBucket" ? "no-bucket" : undefined;
}

interface CreateOutcome {
  readonly outcome: "created" | "exists";
  /** More than one means that an earlier attempt may have created what then "exists". */
  readonly attempts: number;
}

/** How often a write that raced with another (409) is tried again. */
const conflictTries = 20;

/** Creates an object unless its key is taken; atomic against other programs. */
export async function createObject(
  connection: S3Connection,
  input: Omit<PutObjectCommandInput, "Bucket" | "IfNoneMatch"> & { readonly Key: string },
  signal: AbortSignal,
): Promise<CreateOutcome> {
  const { spec } = connection;
  let attempts = 0;
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      const answer = await connection.raw((sdk, client) =>
        client.send(new sdk.PutObjectCommand({ Bucket: spec.bucket, IfNoneMatch: "*", ...input }), {
          abortSignal: signal,
        }),
      );
      attempts += answer.$metadata.attempts ?? 1;
      return { outcome: "created", attempts };
    } catch (thrown) {
      const answer = sdkErrorOf(thrown);
      attempts += answer.attempts;
      if (answer.status === 412) return { outcome: "exists", attempts };
      // 409: another write to the same key is under way, and nobody has won yet.
      if (answer.status !== 409 || conflicts === conflictTries) {
        throw s3Error(thrown, `write ${input.Key}`, spec, signal);
      }
      await pause(100 + 400 * Math.random(), signal);
    }
  }
}

export async function deleteObject(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const { spec } = connection;
  try {
    await connection.raw((sdk, client) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: spec.bucket, Key: key }), {
        abortSignal: signal,
      }),
    );
  } catch (thrown) {
    // Without the bucket the object is gone as well.
    if (missingPart(thrown) === undefined) throw s3Error(thrown, `remove ${key}`, spec, signal);
  }
}

/** How the server keeps what it gets. */
export function storageOf(spec: S3TargetSpec) {
  return { ...encryptionOf(spec), ...taggingOf(spec) } as const;
}

/** As the header wants them: the parameters of a query. */
function taggingOf({ tags = {} }: S3TargetSpec) {
  const pairs = Object.entries(tags).map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.length === 0 ? {} : { Tagging: pairs.join("&") };
}

/** What only artifacts are given. */
export function artifactHeadersOf({ storageClass, cacheControl }: S3TargetSpec) {
  return {
    // The SDK's type lists the classes that it knows; the server knows more.
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
