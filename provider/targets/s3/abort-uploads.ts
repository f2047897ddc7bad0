import type { MultipartUpload } from "@aws-sdk/client-s3";
import { s3Key } from "./address";
import type { S3Connection } from "./connection";
import { listParts, listUploads } from "./list-uploads";

/** Aborts every unfinished upload to this key, so that its parts do not occupy storage for ever. */
export async function abortUploads(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  for (const id of await listUploads(connection, key, signal)) {
    await abortUpload(connection, key, id, signal);
  }
}

export async function abortUpload(
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
    // Completed or aborted by another program, or not permitted: a failure has no consequence.
    .catch(() => undefined);
}

/** An upload of this age is not resumed any more. */
const staleMilliseconds = 7 * 24 * 60 * 60 * 1000;

/** Names that only this program uses: `<image>-<install key>/<image>-<artifact key>.<extension>`. */
const ourName = /^([^/]+)-[0-9a-f]{12}\/\1-[0-9a-f]{12}\.[a-z0-9.]+$/;

/**
 * Aborts old uploads of killed runs below this target: their parts cost storage, but no listing of objects shows them.
 * Makes one request, for the first thousand uploads, and ignores its failure.
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

/** Whether an old upload still receives parts over a slow connection; true if that cannot be determined. */
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
