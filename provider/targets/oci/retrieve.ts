import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { parseOciUri } from "./address";
import type { OciConnection } from "./connection";
import { downloadPublication } from "../download";
import { missingSource } from "../source-error";
import { registryNetworkError } from "./network-error";
import { readManifest } from "./tags";
import type { ProgressOptions } from "../../system/files/progress-options";

/** Downloads the only layer of an artifact. A containerDisk cannot be retrieved: its archive is not stored. */
export async function retrieveFromRegistry(
  connection: OciConnection,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const { digest } = parseOciUri(connection.spec, publication.uri);
  const { format, sha256, uri } = publication;
  if (format === "containerdisk" || sha256 === undefined) {
    throw new StylusError("publish.failed", {
      what: `${uri} cannot be used as a source.`,
      why: "A registry stores a containerDisk as layers, not as one file.",
      next: "Publish raw or qcow2 as well, or run the build again.",
    });
  }
  const { signal } = options;
  if ((await readManifest(connection, digest, signal)) === undefined) {
    throw missingSource(uri);
  }
  const source = {
    open: (start: number) => bytesOf(connection, `sha256:${sha256}`, start, signal),
    errorOf: (thrown: unknown) =>
      registryNetworkError(thrown, `download ${uri}`, connection.spec, signal),
  };
  await downloadPublication(source, publication, path, options);
}

async function* bytesOf(
  connection: OciConnection,
  digest: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const doing = `download ${digest}`;
  const headers = start === 0 ? {} : { range: `bytes=${start}-` };
  const answer = await connection.send({
    method: "GET",
    to: `blobs/${digest}`,
    headers,
    signal,
    doing,
  });
  if (answer.status !== 200 && answer.status !== 206)
    throw await connection.errorFrom(answer, doing);
  // A server without ranges sends the file from its beginning.
  let surplus = answer.status === 206 ? 0 : start;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (chunk.length > surplus) yield chunk.subarray(surplus);
    surplus = Math.max(0, surplus - chunk.length);
  }
}
