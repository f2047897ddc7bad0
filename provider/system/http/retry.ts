import type { Dispatcher } from "undici";
import { pause, throwIfCancelled } from "../../base/cancellation";
import { isConnectionLost } from "./network-failure";
import { followRedirects } from "./redirect";
import type { HttpResponse, RepeatableRequest } from "./request";

/** The first attempt and its repetitions after 429, 5xx and lost connections, with growing pauses. */
const maxAttempts = 5;
const firstPause = 250;
const longestPause = 60_000;

/** Sends a request until its response is final. Throws the last network error. */
export async function sendWithRetry(
  dispatcher: Dispatcher,
  request: RepeatableRequest,
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const wait = firstPause * 2 ** attempt;
    try {
      const response = await followRedirects(dispatcher, request);
      if (attempt === maxAttempts || !isRetryable(response.status)) return response;
      await response.discard();
      await pause(retryAfter(response) ?? wait, request.signal);
    } catch (thrown) {
      throwIfCancelled(request.signal);
      if (attempt === maxAttempts || !isConnectionLost(thrown)) throw thrown;
      await pause(wait, request.signal);
    }
  }
}

/** Whether the same request may succeed a moment later. */
export function isRetryable(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/** Milliseconds that the server asks to wait by `Retry-After`: seconds, or a date. */
export function retryAfter(
  response: Pick<HttpResponse, "header">,
  now = Date.now(),
): number | undefined {
  const value = response.header("retry-after");
  if (value === undefined) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestPause);
}
