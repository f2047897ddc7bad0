import { openDispatcher, trusting, extraAuthorities } from "./dispatcher";
import { followRedirects } from "./redirect";
import type { HttpHeaders, HttpResponse } from "./request";
import { parseHttpUrl } from "./url";

const responseTimeout = 60_000;

export interface GetRequest {
  /** May contain a user and a password, which are sent as basic authentication. */
  readonly url: string;
  /** Headers of the user, such as Authorization: sent to the URL's own origin only. */
  readonly headers?: HttpHeaders | undefined;
  /** Headers of the transfer, such as Range: sent wherever redirects lead. */
  readonly transferHeaders?: HttpHeaders | undefined;
  readonly signal: AbortSignal;
}

/**
 * A GET that follows redirects, uses HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case), and trusts
 * the CAs in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE besides the usual ones. Throws network errors; a
 * status is never an error here.
 */
export async function httpGet(request: GetRequest): Promise<HttpResponse> {
  const { url, headers } = splitCredentials(request.url, request.headers);
  return followRedirects(await openDispatcher({ tls: trusting(extraAuthorities()) }), {
    method: "GET",
    url,
    headers: { ...request.transferHeaders },
    credentials: headers,
    responseTimeout,
    signal: request.signal,
  });
}

/** Moves `user:password@` of a URL into the header Authorization. */
function splitCredentials(text: string, given: HttpHeaders = {}) {
  const url = parseHttpUrl(text);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value;
  if (url.username !== "" || url.password !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] ??= `Basic ${Buffer.from(pair).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  return { url, headers };
}
