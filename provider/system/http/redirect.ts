import type { Dispatcher } from "undici";
import { type HttpRequest, type HttpResponse, sendRequest } from "./request";
import { parseHttpUrl, redactUrl } from "./url";

const maxRedirects = 10;

/**
 * Sends a request and follows redirects of GET and HEAD. Credentials, and the header Authorization in any case, stay with
 * the origin that they are for: a presigned address at another server must not get them.
 */
export async function followRedirects(
  dispatcher: Dispatcher,
  request: HttpRequest,
): Promise<HttpResponse> {
  const isRead = request.method === "GET" || request.method === "HEAD";
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    const response = await sendRequest(dispatcher, current);
    const location = response.header("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
    if (!isRedirect || !isRead || location === undefined) return response;
    await response.discard();
    if (redirects === maxRedirects) {
      throw new Error(`more than ${maxRedirects} redirects from ${redactUrl(request.url.href)}`);
    }
    const url = parseHttpUrl(location, current.url);
    current = url.origin === current.url.origin ? { ...current, url } : foreign(current, url);
  }
}

function foreign({ headers, ...request }: HttpRequest, url: URL): HttpRequest {
  const kept = Object.entries(headers).filter(([name]) => name !== "authorization");
  return { ...request, url, headers: Object.fromEntries(kept), credentials: undefined };
}
