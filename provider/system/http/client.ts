import type { Readable } from "node:stream";
import { extraAuthorities, openDispatcher, trusting } from "./dispatcher";

const idleTimeout = 60_000;
const mostRedirects = 10;

export interface HttpRequest {
  readonly url: string;
  /** Headers of the user, such as Authorization: they go to the URL's own origin and to no other. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers of the transfer, such as Range: they follow every redirect. */
  readonly transferHeaders?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/** One request of any method, which follows no redirect. */
export interface HttpCall {
  readonly method: string;
  /** Without user and password. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the length that the header Content-Length says. */
  readonly body?: Readable | undefined;
  /** How long the server may think before it answers, in milliseconds; default 60,000. */
  readonly patience?: number | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Must be read to its end or discarded. */
  readonly body: AsyncIterable<Buffer>;
  /** Ends the transfer without reading what is left of it. */
  discard(): void;
}

/**
 * A GET that follows redirects, honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case), and
 * trusts the CAs in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE besides the usual ones. Throws what the
 * network throws; a status is never an error here.
 */
export async function httpGet(request: HttpRequest): Promise<HttpAnswer> {
  let { url, headers } = splitCredentials(request.url, request.headers);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await httpCall({
      method: "GET",
      url: url.href,
      headers: { ...headers, ...request.transferHeaders },
      signal: request.signal,
    });
    const location = answer.header("location");
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    answer.discard();
    if (redirects === mostRedirects) {
      throw new Error(`more than ${mostRedirects} redirects from ${redactUrl(request.url)}`);
    }
    const target = parseUrl(location, url);
    if (target.origin !== url.origin) headers = {};
    url = target;
  }
}

/** A URL as it may stand in a message: without user, password, query and fragment. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return "(a URL that cannot be read)";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Proxies and CAs as for `httpGet`. Throws what the network throws; a status is never an error here. */
export async function httpCall(call: HttpCall): Promise<HttpAnswer> {
  const { request } = await import("undici");
  const url = parseUrl(call.url);
  const answer = await request(url, {
    method: call.method,
    // Bytes are wanted as they are: lengths and ranges count encoded bytes.
    headers: { "accept-encoding": "identity", "user-agent": "stylus-image", ...call.headers },
    dispatcher: await openDispatcher({ tls: trusting(extraAuthorities()) }),
    signal: call.signal,
    ...(call.body !== undefined && { body: call.body }),
    headersTimeout: call.patience ?? idleTimeout,
    bodyTimeout: idleTimeout,
  });
  return {
    status: answer.statusCode,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: answer.body,
    discard: () => {
      // undici reports its own abort as an error event, which would end the process unheard.
      answer.body.on("error", () => undefined);
      answer.body.destroy();
    },
  };
}

/** Moves `user:password@` of a URL to the header that HTTP has for it. */
function splitCredentials(text: string, given: Readonly<Record<string, string>> = {}) {
  const url = parseUrl(text);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value;
  if (url.username !== "" || url.password !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] ??= `Basic ${Buffer.from(pair).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  return { url, headers: headers as Readonly<Record<string, string>> };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  // Node's own error would carry the whole URL, credentials included.
  if (url === null) throw new Error("the URL is malformed");
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new Error(`the protocol "${url.protocol}" is neither http nor https`);
}
