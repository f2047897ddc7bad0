import type { MultipartUpload, Part as ServerPart } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import type { PartSource } from "../local-file";
import { s3Key } from "./address";
import type { S3Connection } from "./connection";
import { sdkErrorOf, s3Error } from "./errors";
import type { Part } from "./parts";

/** A part that the server has. */
export interface SentPart {
  readonly number: number;
  readonly etag: string;
  readonly sha256: string | undefined;
}

/** An upload that is under way or broke off. */
export interface Upload {
  readonly id: string;
  readonly sent: readonly SentPart[];
}

/**
 * The unfinished upload to this key of which most is there, and of which every part is what the
 * local file holds. The protocol tells nothing of an upload's metadata, only its parts; so the
 * content decides, and the metadata is verified when the upload is complete.
 */
export async function findResumable(
  connection: S3Connection,
  key: string,
  parts: readonly Part[],
  source: PartSource,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  let best: Upload | undefined;
  for (const id of await listUploads(connection, key, signal)) {
    const onServer = await listParts(connection, key, id, signal);
    if (onServer === undefined || onServer.length <= (best?.sent.length ?? 0)) continue;
    const sent = await matchingParts(connection, onServer, parts, source);
    if (sent !== undefined) best = { id, sent };
  }
  return best;
}

/** Ids of the unfinished uploads to exactly this key. None where the server does not tell: it only saves work. */
async function listUploads(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { spec } = connection;
  try {
    const page = await connection.raw((sdk, client) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: spec.bucket, Prefix: key }), {
        abortSignal: signal,
      }),
    );
    return (page.Uploads ?? []).flatMap(({ Key, UploadId }) =>
      Key === key && UploadId !== undefined ? [UploadId] : [],
    );
  } catch (thrown) {
    const { status = 0 } = sdkErrorOf(thrown);
    if ([403, 404, 405, 501].includes(status)) return [];
    throw s3Error(thrown, `list the unfinished uploads of ${key}`, spec, signal);
  }
}

/** Undefined where the server does not tell, or the upload is gone. */
async function listParts(
  connection: S3Connection,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<readonly ServerPart[] | undefined> {
  const { spec } = connection;
  const found: ServerPart[] = [];
  let marker: string | undefined;
  try {
    do {
      const page = await connection.raw((sdk, client) =>
        client.send(
          new sdk.ListPartsCommand({
            Bucket: spec.bucket,
            Key: key,
            UploadId: uploadId,
            ...(marker === undefined ? {} : { PartNumberMarker: marker }),
          }),
          { abortSignal: signal },
        ),
      );
      found.push(...(page.Parts ?? []));
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return found;
  } catch (thrown) {
    const { status = 0 } = sdkErrorOf(thrown);
    if ([403, 404, 501].includes(status)) return undefined;
    throw s3Error(thrown, `list the parts of an upload of ${key}`, spec, signal);
  }
}

/** The parts, if all of them are ours; undefined where one is not, or cannot be told. */
async function matchingParts(
  { spec }: S3Connection,
  onServer: readonly ServerPart[],
  parts: readonly Part[],
  source: PartSource,
): Promise<readonly SentPart[] | undefined> {
  const sent: SentPart[] = [];
  for (const {
    PartNumber: number = 0,
    Size: size,
    ETag: etag,
    ChecksumSHA256: sha256,
  } of onServer) {
    const part = parts[number - 1];
    if (part === undefined || size !== part.length || etag === undefined) return undefined;
    // An upload that was begun with checksums wants them for every part, and one without wants none.
    if ((spec.checksums === "auto") !== (sha256 !== undefined)) return undefined;
    const bytes = await source.read(part);
    const same =
      sha256 === undefined
        ? // An ETag is the MD5 unless a KMS key is used; then nothing is taken up again.
          md5Hex(bytes) === etag.replaceAll('"', "")
        : sha256Of(bytes).toString("base64") === sha256;
    if (!same) return undefined;
    sent.push({ number, etag, sha256 });
  }
  return sent;
}

/** Gives up every unfinished upload to this key, so that its parts are not stored for ever. */
export async function abortUploads(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  for (const id of await listUploads(connection, key, signal)) {
    await abortUpload(connection, key, id, signal);
  }
}

async function abortUpload(
  connection: S3Connection,
  key: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const input = { Bucket: connection.spec.bucket, Key: key, UploadId: id };
  await connection
    .raw((sdk, client) =>
      client.send(new sdk.AbortMultipartUploadCommand(input), { abortSignal: signal }),
    )
    // Completed or given up by another program meanwhile, or not allowed: nothing depends on it.
    .catch(() => undefined);
}

export function sha256Of(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function md5Hex(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** Nobody takes up an upload again that was left so long ago. */
const staleMilliseconds = 7 * 24 * 60 * 60 * 1000;

/** Names that only this package gives: `<image>-<install key>/<image>-<artifact key>.<extension>`. */
const ourName = /^([^/]+)-[0-9a-f]{12}\/\1-[0-9a-f]{12}\.[a-z0-9.]+$/;

/**
 * Gives up what killed runs left below this target: its parts are paid for, and no listing of objects shows them. One
 * question to the server, for the first thousand; where it does not answer, nothing depends on it.
 */
export async function abortStaleUploads(
  connection: S3Connection,
  signal: AbortSignal,
): Promise<void> {
  const { spec } = connection;
  const root = s3Key(spec, "");
  const page = await connection
    .raw((sdk, client) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: spec.bucket, Prefix: root }), {
        abortSignal: signal,
      }),
    )
    .catch(() => ({ Uploads: [] }));
  for (const { Key: key, UploadId: id, Initiated: begun } of page.Uploads ?? []) {
    if (key === undefined || id === undefined || !ourName.test(key.slice(root.length))) continue;
    if (isFresh(begun) || (await isBeingWritten(connection, key, id, signal))) continue;
    await abortUpload(connection, key, id, signal);
  }
}

/** A slow line may still send what was begun long ago; where that cannot be told, it stays. */
async function isBeingWritten(
  connection: S3Connection,
  key: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const parts = await listParts(connection, key, id, signal).catch(() => undefined);
  return parts === undefined || parts.some(({ LastModified }) => isFresh(LastModified));
}

function isFresh(time: MultipartUpload["Initiated"]): boolean {
  return time === undefined || Date.now() - time.getTime() < staleMilliseconds;
}
