import type { S3Connection } from "./connection";
import { sdkErrorOf, s3Error } from "./errors";

/** The content that an object's metadata describes. */
export interface Content {
  readonly artifactKey: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const names = {
  /** Marks objects of this program. */
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

/** The response to HEAD. */
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

/** Why the object is not the wanted content; undefined if it is. Without a known SHA-256 the artifact key decides. */
export function difference(
  head: ObjectHead,
  wanted: Omit<Content, "sha256"> & { readonly sha256?: string | undefined },
): string | undefined {
  if (head.metadata[names.marker] === undefined) {
    return "Another program wrote it: it does not carry our metadata.";
  }
  if (!isArtifactOf(head, wanted.artifactKey)) {
    return "It is another artifact: its artifact key is different.";
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

/** The object's metadata, or the part of the address that definitely does not exist. */
export async function headObject(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<ObjectHead | "no-object" | "no-bucket"> {
  const { spec } = connection;
  const input = { Bucket: spec.bucket, Key: key };
  for (let attempts = 1; ; attempts += 1) {
    try {
      const answer = await connection.raw((sdk, client) =>
        client.send(new sdk.HeadObjectCommand(input), { abortSignal: signal }),
      );
      const { ContentLength: sizeBytes = 0, ETag: etag, Metadata: metadata = {} } = answer;
      return { sizeBytes, etag, metadata };
    } catch (thrown) {
      const { status = 0 } = sdkErrorOf(thrown);
      const unclear = status >= 400 && status < 500 && attempts === 1;
      if (!unclear) throw s3Error(thrown, `read the metadata of ${key}`, spec, signal);
    }
    const missing = await findMissing(connection, key, signal);
    if (missing !== undefined) return missing;
    // The object was created between HEAD and GET.
  }
}

/**
 * Asks with a GET of one byte for the reason of a failed HEAD. The response to HEAD has no body, so a 404 can also mean
 * an unknown user or a server without the S3 API, and a 400 an expired token.
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
    const missing = missingPart(thrown);
    if (missing !== undefined) return missing;
    throw s3Error(thrown, `read the metadata of ${key}`, spec, signal);
  }
}

/** The part of the address that definitely does not exist, according to an SDK error. */
export function missingPart(thrown: unknown): "no-object" | "no-bucket" | undefined {
  const { name, status } = sdkErrorOf(thrown);
  if (status !== 404) return undefined;
  if (name === "NoSuchKey") return "no-object";
  return name === "NoSuchBucket" ? "no-bucket" : undefined;
}
