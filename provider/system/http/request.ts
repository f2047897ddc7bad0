import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { StylusError } from "../../base/errors";
import { expectsTls, TlsExpectedError } from "./network-failure";

/** Many servers read a large upload once more before they respond, and send nothing meanwhile. */
const defaultResponseTimeout = 600_000;
const bodyTimeout = 60_000;
const discardLimit = 64 * 1024;
const textLimit = 4 * 1024 * 1024;

export type HttpHeaders = Readonly<Record<string, string>>;

/** A request body that can be sent more than once. */
export interface HttpBody {
  /** In bytes. */
  readonly length: number;
  readonly chunks: () => AsyncIterable<Buffer> | Iterable<Buffer>;
}

export interface HttpRequest {
  readonly method: string;
  /** Without user and password. */
  readonly url: URL;
  /** Path and query exactly as they are sent, for signed requests: a URL normalizes its path. */
  readonly rawPath?: string;
  readonly headers: HttpHeaders;
  /** Headers for the URL's own origin: a redirect to another origin drops them. */
  readonly credentials?: HttpHeaders | undefined;
  /** The length of a stream is in the header Content-Length. */
  readonly body?: HttpBody | string | Readable | undefined;
  /** Milliseconds until the response begins, 0 for no limit; default 600,000. */
  readonly responseTimeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A request that can be sent more than once: its body is no stream. */
export interface RepeatableRequest extends HttpRequest {
  readonly body?: HttpBody | string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the response came from, after redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  header(name: string): string | undefined;
  /** Must be read to its end or discarded. */
  readonly body: Readable;
  /** The body as text; fails if it is longer than `limit` bytes (default 4 MiB). */
  text(limit?: number): Promise<string>;
  /** Reads a short rest, so that the connection can be used again; ends a long transfer. */
  discard(): Promise<void>;
}

/** Sends one request and follows no redirect. Throws network errors; a status is never an error here. */
export async function sendRequest(
  dispatcher: Dispatcher,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { method, url, signal } = request;
  const response = await dispatcher.request({
    origin: url.origin,
    path: request.rawPath ?? url.pathname + url.search,
    method,
    headers: {
      "user-agent": "stylus-image",
      // Lengths and ranges count the bytes of the file itself.
      "accept-encoding": "identity",
      ...request.headers,
      ...request.credentials,
      ...lengthHeader(request.body),
    },
    body: streamOf(request.body),
    ...(signal !== undefined && { signal }),
    headersTimeout: request.responseTimeout ?? defaultResponseTimeout,
    bodyTimeout,
  });
  const { statusCode: status, headers } = response;
  let body: Readable = response.body;
  let discard = () => response.body.dump({ limit: discardLimit, ...(signal && { signal }) });
  if (url.protocol === "http:" && status === 400) {
    // Servers tell by such a response that their port expects TLS.
    const content = await readAll(body, url, textLimit);
    if (expectsTls(content.toString("utf8"))) throw new TlsExpectedError();
    body = Readable.from([content], { objectMode: false });
    discard = () => Promise.resolve();
  }
  return {
    status,
    url,
    headers,
    header: (name) => [headers[name]].flat()[0],
    body,
    text: async (limit = textLimit) => (await readAll(body, url, limit)).toString("utf8"),
    discard,
  };
}

function lengthHeader(body: HttpRequest["body"]): HttpHeaders {
  if (body === undefined || body instanceof Readable) return {};
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  return { "content-length": String(length) };
}

/** Always a stream of our own: undici passes on its errors as they are, and wraps those of an iterable. */
function streamOf(body: HttpRequest["body"]): Readable | string | null {
  if (body === undefined) return null;
  if (typeof body === "string" || body instanceof Readable) return body;
  return Readable.from(body.chunks(), { objectMode: false, highWaterMark: 0 });
}

async function readAll(body: Readable, { host }: URL, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) {
      throw new StylusError("publish.failed", {
        what: `${host} sent more than ${limit / 1024 / 1024} MiB where a short document was expected.`,
        next: "Check that the target's address is the right one.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
