import { createHash } from "node:crypto";
import type { Publication } from "../../schema/state";
import type { HttpResponse } from "../../system/http/request";
import { downloadPublication } from "../download";
import { alteredSource, missingSource } from "../source-error";
import { publicationUrl } from "./address";
import type { HttpConnection } from "./connection";
import { connectionError, statusError } from "./errors";
import { difference, headFile } from "./head";
import type { ProgressOptions } from "../../system/files/progress-options";

export async function retrieveFromHttp(
  connection: HttpConnection,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const { spec } = connection;
  const address = publicationUrl(spec, publication.uri);
  const remote = await headFile(connection, address, options.signal);
  if (remote === "absent") throw missingSource(publication.uri);
  const why = difference(remote, publication);
  if (why !== undefined) throw alteredSource(publication.uri, why);
  const source = {
    open: (start: number) => bytesFrom(connection, address, start, options.signal),
    errorOf: (thrown: unknown) => connectionError(thrown, `read ${address}`, spec, options.signal),
  };
  await downloadPublication(source, publication, path, options);
}

/** Downloads the file to compute its SHA-256. */
export async function hashRemoteFile(
  connection: HttpConnection,
  address: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of bytesFrom(connection, address, 0, signal)) hash.update(chunk);
  } catch (thrown) {
    throw connectionError(thrown, `read ${address}`, connection.spec, signal);
  }
  return hash.digest("hex");
}

/** The bytes from `start` on; of a server without ranges, the bytes before are skipped. */
async function* bytesFrom(
  connection: HttpConnection,
  address: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
  const answer = await connection.get(address, headers, signal);
  let toSkip = skippedBytes(answer, start);
  if (toSkip === undefined) {
    await answer.discard();
    throw statusError(answer.status, `read ${address}`, connection.spec);
  }
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (chunk.length > toSkip) yield chunk.subarray(toSkip);
    toSkip = Math.max(0, toSkip - chunk.length);
  }
}

/** The number of bytes before the requested ones; undefined if the response has no content. */
function skippedBytes(answer: HttpResponse, start: number): number | undefined {
  if (answer.status === 200) return start;
  if (answer.status !== 206) return undefined;
  const from = /^bytes (\d+)-/.exec(answer.header("content-range") ?? "")?.[1];
  return from !== undefined && Number(from) <= start ? start - Number(from) : undefined;
}
