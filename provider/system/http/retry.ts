import type { Dispatcher } from "undici";
import { pause, throwIfCancelled } from "../../base/cancellation";
import { sendAndFollow, type WireAnswer, type WireRequest } from "./requests";

/** One attempt and its repetitions after 429, 5xx and dead connections, with growing pauses. */
const attempts = 5;
const firstPause = 250;
const longestPause = 60_000;

/** Sends until there is an answer that a repetition would not change. Throws what the network threw last. */
export async function sendRepeatedly(
  dispatcher: Dispatcher,
  request: WireRequest,
): Promise<WireAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const wait = firstPause * 2 ** attempt;
    try {
      const answer = await sendAndFollow(dispatcher, request);
      if (attempt === attempts || !isPassing(answer.status)) return answer;
      await answer.discard();
      await pause(askedPause(answer) ?? wait, request.signal);
    } catch (thrown) {
      throwIfCancelled(request.signal);
      if (attempt === attempts || !isDeadConnection(thrown)) throw thrown;
      await pause(wait, request.signal);
    }
  }
}

/** Whether the same request may be answered otherwise in a moment. */
export function isPassing(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/** Milliseconds that the server asks for by `Retry-After`: seconds, or a date. */
export function askedPause(answer: WireAnswer, now = Date.now()): number | undefined {
  const asked = answer.header("retry-after");
  if (asked === undefined) return undefined;
  const wait = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestPause);
}

const deadCodes = [
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
];

/** A wrong certificate or a name that nobody knows stays what it is; a connection may be made again. */
export function isDeadConnection(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.some(isDeadConnection);
  if (!(thrown instanceof Error)) return false;
  if ("code" in thrown && deadCodes.includes(String(thrown.code))) return true;
  return isDeadConnection(thrown.cause);
}
