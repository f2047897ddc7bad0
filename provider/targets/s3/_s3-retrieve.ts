import { Readable } from "node:stream";
import type { Publication } from "../../schema/state";
import { downloadPublication } from "../download";
import type { S3Connection } from "./connection";
import { s3Fault } from "./faults";
import type { PublishOptions } from "../target";

export async function downloadObject(
  connection: S3Connection,
  key: string,
  publication: Publication,
  path: string,
  options: PublishOptions,
): Promise<void> {
  const source = {
    open: (start: number) => bytesFrom(connection, key, start, options.signal),
    faultOf: (thrown: unknown) =>
      s3Fault(thrown, `download ${key}`, connection.spec, options.signal),
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
