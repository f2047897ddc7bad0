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

/** How long clearing up may take: what it follows has failed already, possibly by a dead network. */
const removalMilliseconds = 10_000;

export interface Upload {
  readonly address: string;
  readonly artifact: LocalArtifact;
  readonly sha256: string;
  readonly source: PartSource;
}

/** `exists`: somebody else was first, and what is there now is yet to be looked at. */
export type Outcome = "created" | "exists";

/**
 * Sends a file under another name and renames it when it is complete. WebDAV (RFC 4918) lets `Overwrite: F` decide on the
 * server, so that nobody sees half a file and of two programs one is first.
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
 * Sends a file under its own name. Whether somebody can see half of it depends on the server, which does not tell: nginx
 * writes it elsewhere and renames it itself; one that writes in place shows it while it grows. Then its size betrays it
 * to us, and when the upload breaks off it is removed. That nothing is overwritten is certain where the server knows
 * `If-None-Match: *` (RFC 9110); elsewhere (nginx) something that comes between our look and the end of the upload is.
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
    const look = await headFile(connection, address, signal).catch(() => "absent" as const);
    // Nothing was there before, and a whole file may be that of another program.
    if (look !== "absent" && difference(look, artifact) !== undefined) {
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
  // Before the last byte's answer: a file that changed meanwhile is not published.
  await source.verifyUnchanged();
}

/** A server that lost a part of it, or that answered without writing, is found out at once. */
async function verifyUpload(
  connection: HttpConnection,
  { artifact, sha256 }: Upload,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const look = await headFile(connection, address, signal);
  const why =
    look === "absent"
      ? "It is not there."
      : difference(look, { sizeBytes: artifact.sizeBytes, sha256 });
  if (why === undefined) return;
  throw new StylusError("publish.failed", {
    what: `The server took ${address}, but what is there now is not what was sent.`,
    why,
    next: "Look at the server's log and its limits; nothing half-sent stays.",
  });
}

async function move(
  connection: HttpConnection,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Outcome> {
  // A path is understood behind a proxy that speaks https for a server that does not know of it; old servers want all.
  let status = 0;
  for (const destination of [new URL(to).pathname, to]) {
    const headers = { destination, overwrite: "F" };
    ({ status } = await connection.send("MOVE", from, { headers, signal }));
    if (status === 412) return "exists";
    if (status >= 200 && status < 300) return "created";
    if (status !== 400 && status !== 502) break;
  }
  throw statusError(status, `rename what was sent to ${to}`, connection.spec);
}

async function removePartial(connection: HttpConnection, address: string): Promise<void> {
  // Also after an abort; what cannot be removed now hinders nobody, and the fault before is the one to be told.
  const signal = AbortSignal.timeout(removalMilliseconds);
  await connection.send("DELETE", address, { signal }).catch(() => undefined);
}
