import type { MultipartUpload } from "@aws-sdk/client-s3";
import { s3Key } from "./address";
import type { S3Connection } from "./connection";
import { abortUpload, listParts } from "./uploads";

/** Nobody takes up an upload again that was left so long ago. */
const staleMilliseconds = 7 * 24 * 60 * 60 * 1000;

/** Names that only this package gives: `<image>-<install key>/<image>-<artifact key>.<extension>`. */
const ourName = /^([^/]+)-[0-9a-f]{12}\/\1-[0-9a-f]{12}\.[a-z0-9.]+$/;

/**
 * Gives up what killed runs left below this target: its parts are paid for, and no listing of objects shows them. One
 * question to the server, for the first thousand; where it does not answer, nothing depends on it.
 */
export async function sweepStale(connection: S3Connection, signal: AbortSignal): Promise<void> {
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
