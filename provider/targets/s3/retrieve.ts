import { Readable } from "node:stream";
import type { Publication } from "../../schema/state";
import type { ProgressOptions } from "../../system/files/progress-options";
import { downloadPublication } from "../download";
import { alteredSource, missingSource } from "../source-error";
import { s3KeyOfUri } from "./address";
import type { S3Connection } from "./connection";
import { s3Error } from "./errors";
import { difference, headObject } from "./object-head";

/** Downloads an unaltered object. */
export async function retrieveFromS3(
  connection: S3Connection,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const { spec } = connection;
  const key = s3KeyOfUri(spec, publication.uri);
  const head = await headObject(connection, key, options.signal);
  if (typeof head === "string") throw missingSource(publication.uri);
  const why = difference(head, publication);
  if (why !== undefined) throw alteredSource(publication.uri, why);
  const source = {
    open: (start: number) => bytesFrom(connection, key, start, options.signal),
    errorOf: (thrown: unknown) => s3Error(thrown, `download ${key}`, spec, options.signal),
  };
  await downloadPublication(source, publication, path, options);
}

async function* bytesFrom(
  connection: S3Connection,
  key: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { spec } = connection;
  const input = { Bucket: spec.bucket, Key: key, Range: `bytes=${start}-` };
  const answer = await connection.call(`download ${key}`, signal, (sdk, client) =>
    client.send(new sdk.GetObjectCommand(input), { abortSignal: signal }),
  );
  if (!(answer.Body instanceof Readable)) throw new Error("the server sent no body");
  yield* answer.Body as AsyncIterable<Buffer>;
}
