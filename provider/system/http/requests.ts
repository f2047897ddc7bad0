import { Readable } from "node:stream";
import { StylusError } from "../../base/errors";
import type { Dispatcher } from "undici";

/** Completing a large upload makes many registries read it again first, without a word. */
const silenceBeforeAnswer = 600_000;
const silenceInAnswer = 60_000;
const mostErrorBytes = 64 * 1024;
const mostRedirects = 10;

export interface WireRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: WireBody | undefined;
  readonly signal: AbortSignal;
}

/** A body that can be sent more than once. */
export interface WireBody {
  readonly length: number;
  readonly pieces: () => AsyncIterable<Buffer>;
}

export interface WireAnswer {
  readonly status: number;
  readonly url: URL;
  header(name: string): string | undefined;
  /** Must be read to its end, or discarded. */
  readonly body: Readable;
  /** The text of a small answer. */
  text(): Promise<string>;
  discard(): Promise<void>;
}

/** One request as it is. Throws what the network throws; a status is never an error here. */
export async function sendOnce(
  dispatcher: Dispatcher,
  { method, url, headers, body, signal }: WireRequest,
): Promise<WireAnswer> {
  // A stream of our own: undici hands on what an own stream throws, but wraps what an iterable does.
  const stream =
    body === undefined
      ? null
      : Readable.from(body.pieces(), { objectMode: false, highWaterMark: 0 });
  const length = body?.length ?? (method === "GET" || method === "HEAD" ? undefined : 0);
  const answer = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: {
      "user-agent": "stylus-image",
      ...headers,
      ...(length !== undefined && { "content-length": String(length) }),
    },
    body: stream,
    signal,
    headersTimeout: silenceBeforeAnswer,
    bodyTimeout: silenceInAnswer,
  });
  return {
    status: answer.statusCode,
    url,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: answer.body,
    text: () => textOf(answer.body, url),
    discard: () => answer.body.dump({ limit: mostErrorBytes, signal }),
  };
}

/** The same, to where a redirect leads. A presigned address of another server must not get our credentials. */
export async function sendAndFollow(
  dispatcher: Dispatcher,
  request: WireRequest,
): Promise<WireAnswer> {
  let { url, headers } = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await sendOnce(dispatcher, { ...request, url, headers });
    const location = answer.header("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (!isRedirect || !isReading || location === undefined) return answer;
    await answer.discard();
    if (redirects === mostRedirects) throw new Error(`more than ${mostRedirects} redirects`);
    const next = new URL(location, url);
    if (next.origin !== url.origin) headers = withoutAuthorization(headers);
    url = next;
  }
}

function withoutAuthorization(headers: WireRequest["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
}

async function textOf(body: Readable, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > 64 * mostErrorBytes) throw tooLong(url);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLong({ host }: URL): StylusError {
  return new StylusError("publish.failed", {
    what: `${host} sent a document of more than 4 MiB where a short one was expected.`,
    next: "Check that the target's address is the right one.",
  });
}
