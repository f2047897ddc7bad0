import type { HttpResponse } from "../../system/http/request";
import { retryAfter, isRetryable } from "../../system/http/retry";
import type { OciConnection } from "./connection";
import { type ErrorResponse, readErrorResponse } from "./errors";
import type { OciBlob } from "./manifest";

/** An unfinished upload: the URL for its next bytes, and the number of bytes that the registry has. */
export interface Upload {
  readonly location: URL;
  readonly offset: number;
}

/** The result of one step of an upload. */
type Step =
  | { readonly type: "done"; readonly upload: Upload }
  /** The registry may have a part of the chunk; ask it for the offset. */
  | {
      readonly type: "unclear";
      readonly pause: number | undefined;
      readonly response: ErrorResponse;
    }
  | { readonly type: "refused"; readonly response: ErrorResponse };

const octets = "application/octet-stream";

export async function beginUpload(
  connection: OciConnection,
  blob: OciBlob,
  signal: AbortSignal,
): Promise<Upload> {
  const doing = `begin the upload of ${blob.digest}`;
  const to = "blobs/uploads/";
  const answer = await connection.send({ method: "POST", to, signal, doing });
  if (answer.status !== 202) throw await connection.errorFrom(answer, doing);
  await answer.discard();
  return { location: locationOf(connection, answer), offset: 0 };
}

/** Sends the next `length` bytes. */
export async function sendChunk(
  connection: OciConnection,
  blob: OciBlob,
  { location, offset }: Upload,
  length: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Step> {
  const answer = await connection.send({
    method: "PATCH",
    to: location,
    headers: { "content-type": octets, "content-range": `${offset}-${offset + length - 1}` },
    body: { length, chunks: () => withProgress(blob.read(offset, length), offset, onSent) },
    repeat: "once",
    signal,
    doing: `send ${blob.digest}`,
  });
  if (answer.status === 202 || answer.status === 204) {
    await answer.discard();
    const end = offset + length;
    // Some registries report only the chunk, not all bytes before it.
    const reported = offsetOf(answer) ?? end;
    const upload = {
      location: locationOf(connection, answer, location),
      offset: reported > offset && reported < end ? reported : end,
    };
    return { type: "done", upload };
  }
  const pause = retryAfter(answer);
  const response = await readErrorResponse(answer);
  const isUnclear = answer.status === 416 || isRetryable(answer.status);
  return isUnclear ? { type: "unclear", pause, response } : { type: "refused", response };
}

/** The state of an upload; undefined if the registry no longer has it. */
export async function uploadStatus(
  connection: OciConnection,
  { location }: Upload,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  const doing = "get the status of an upload";
  const answer = await connection.send({ method: "GET", to: location, signal, doing });
  await answer.discard();
  if (answer.status !== 204 && answer.status !== 200 && answer.status !== 202) return undefined;
  const offset = offsetOf(answer);
  if (offset === undefined) return undefined;
  return { location: locationOf(connection, answer, location), offset };
}

/** In milliseconds; a cancel also runs after the signal was aborted. */
const cancelLimit = 10_000;

/** Cancels an upload. Some registries cannot, and forget it after a while. */
export async function cancelUpload(connection: OciConnection, to: URL): Promise<void> {
  const signal = AbortSignal.timeout(cancelLimit);
  const doing = "cancel an upload";
  await connection
    .send({ method: "DELETE", to, repeat: "once", signal, doing })
    .then((answer) => answer.discard())
    .catch(() => undefined);
}

/** Completes an upload: after its chunks without a body, or with the whole blob. */
export async function completeUpload(
  connection: OciConnection,
  blob: OciBlob,
  { location, offset }: Upload,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const to = new URL(location);
  to.searchParams.set("digest", blob.digest);
  const length = blob.size - offset;
  return connection.send({
    method: "PUT",
    to,
    headers: { "content-type": octets },
    ...(length > 0 && {
      body: { length, chunks: () => withProgress(blob.read(offset, length), offset, onSent) },
    }),
    repeat: "once",
    signal,
    doing: `complete the upload of ${blob.digest}`,
  });
}

/** The URL of the next step. Behind a proxy that terminates TLS, a registry may return an http URL, which is never followed. */
export function locationOf(connection: OciConnection, answer: HttpResponse, before?: URL): URL {
  const location = answer.header("location");
  if (location === undefined) return before ?? answer.url;
  const url = new URL(location, answer.url);
  const own = new URL(connection.registry.origin);
  if (url.hostname !== own.hostname || url.protocol === own.protocol) return url;
  return new URL(url.pathname + url.search, own);
}

/** Parses `Range: 0-N`, where N is the last byte; registries send `0-0` for an empty upload. */
function offsetOf(answer: HttpResponse): number | undefined {
  const range = /^(?:bytes=)?0-(-?\d+)$/.exec(answer.header("range") ?? "");
  if (range === null) return undefined;
  const last = Number(range[1]);
  return last <= 0 ? 0 : last + 1;
}

async function* withProgress(
  pieces: AsyncIterable<Buffer>,
  start: number,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let sent = start;
  for await (const piece of pieces) {
    onSent(sent);
    yield piece;
    sent += piece.length;
  }
}
