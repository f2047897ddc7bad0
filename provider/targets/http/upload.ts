import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import type { HttpConnection } from "./connection";
import { difference, digestHeadersFor, headFile } from "./head";
import { statusError } from "./errors";
import type { PartSource } from "../part-source";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalArtifact } from "../local-artifact";

const chunkSize = 1 * MiB;

/** Time limit for the removal of an incomplete file after an error, which may be a network failure. */
const removalMilliseconds = 10_000;

export interface Upload {
  readonly address: string;
  readonly artifact: LocalArtifact;
  readonly sha256: string;
  readonly source: PartSource;
}

/** `exists`: another program created the file first; its content is not verified yet. */
export type Outcome = "created" | "exists";

/**
 * Sends a file under a temporary name and renames it when it is complete. With `Overwrite: F` (WebDAV, RFC 4918) the
 * server never overwrites an existing file.
 */
export async function sendAndMove(
  connection: HttpConnection,
  upload: Upload,
  options: ProgressOptions,
): Promise<Outcome> {
  const { signal } = options;
  const partial = `${upload.address}.partial-${randomBytes(6).toString("hex")}`;
  try {
    await put(connection, upload, partial, {}, options);
    await verifyUpload(connection, upload, partial, signal);
    const outcome = await move(connection, partial, upload.address, signal);
    if (outcome === "exists") await removePartial(connection, partial);
    return outcome;
  } catch (thrown) {
    await removePartial(connection, partial);
    throw thrown;
  }
}

/**
 * Sends a file under its final name, to a server without MOVE. nginx writes it to a temporary file first; other servers
 * may show the incomplete file, which `find` detects by its size. It is removed after an aborted upload. A server that
 * supports `If-None-Match: *` (RFC 9110) never overwrites a file; others (nginx) overwrite one that another program
 * creates during the upload.
 */
export async function sendDirectly(
  connection: HttpConnection,
  upload: Upload,
  options: ProgressOptions,
): Promise<Outcome> {
  const { address, artifact } = upload;
  try {
    const condition = { "if-none-match": "*" };
    const outcome = await put(connection, upload, address, condition, options);
    if (outcome === "created") await verifyUpload(connection, upload, address, options.signal);
    return outcome;
  } catch (thrown) {
    const signal = AbortSignal.timeout(removalMilliseconds);
    const remote = await headFile(connection, address, signal).catch(() => "absent" as const);
    // The name was free before; a complete file may be another program's.
    if (remote !== "absent" && difference(remote, artifact) !== undefined) {
      await removePartial(connection, address);
    }
    throw thrown;
  }
}

async function put(
  connection: HttpConnection,
  { artifact, sha256, source }: Upload,
  address: string,
  condition: Readonly<Record<string, string>>,
  { signal, onProgress }: ProgressOptions,
): Promise<Outcome> {
  const chunks = chunksOf(source, artifact.sizeBytes, onProgress);
  const { status } = await connection.send("PUT", address, {
    headers: {
      "content-type": artifact.mediaType,
      "content-length": String(artifact.sizeBytes),
      ...digestHeadersFor(sha256),
      ...condition,
    },
    body: Readable.from(chunks, { objectMode: false }),
    signal,
  });
  if (status === 412 && condition["if-none-match"] !== undefined) return "exists";
  if (status < 200 || status >= 300) {
    throw statusError(status, `write ${address}`, connection.spec);
  }
  return "created";
}

async function* chunksOf(
  source: PartSource,
  sizeBytes: number,
  onProgress: ProgressOptions["onProgress"],
): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < sizeBytes; offset += chunkSize) {
    const length = Math.min(chunkSize, sizeBytes - offset);
    yield await source.read({ offset, length });
    onProgress(offset + length, sizeBytes);
  }
  // Before the request ends, so that a file that changed meanwhile is not published.
  await source.verifyUnchanged();
}

/** Detects a server that lost a part of the file, or did not store it at all. */
async function verifyUpload(
  connection: HttpConnection,
  { artifact, sha256 }: Upload,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const remote = await headFile(connection, address, signal);
  const why =
    remote === "absent"
      ? "It does not exist."
      : difference(remote, { sizeBytes: artifact.sizeBytes, sha256 });
  if (why === undefined) return;
  throw new StylusError("publish.failed", {
    what: `The server accepted ${address}, but does not have the content that was sent.`,
    why,
    next: "Check the server's log and its limits; no incomplete file is left.",
  });
}

async function move(
  connection: HttpConnection,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Outcome> {
  // A path works behind a proxy that terminates TLS; old servers require an absolute URL.
  let status = 0;
  for (const destination of [new URL(to).pathname, to]) {
    const headers = { destination, overwrite: "F" };
    ({ status } = await connection.send("MOVE", from, { headers, signal }));
    if (status === 412) return "exists";
    if (status >= 200 && status < 300) return "created";
    if (status !== 400 && status !== 502) break;
  }
  throw statusError(status, `rename the uploaded file to ${to}`, connection.spec);
}

async function removePartial(connection: HttpConnection, address: string): Promise<void> {
  // Runs after an abort too. Its own error is ignored, so that the error of the upload is reported.
  const signal = AbortSignal.timeout(removalMilliseconds);
  await connection.send("DELETE", address, { signal }).catch(() => undefined);
}
