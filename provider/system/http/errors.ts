import { throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { type Endpoint, explain } from "./explain-failure";
import { errorChain, networkFailure } from "./network-failure";

export interface NetworkErrorContext {
  /** The first word of the error code. */
  readonly domain: "publish" | "installer";
  /** The failed operation, without a period: "Cannot write image.ova at https://files.lan/images/". */
  readonly what: string;
  readonly endpoint: Endpoint;
  /** The state of the data that was sent, as a clause: "what was sent is kept". */
  readonly kept?: string;
  readonly signal: AbortSignal;
}

/**
 * Explains what a request threw: cause and next step, in the same words for every target and download. An error that is
 * complete already is returned as it is; an aborted signal throws `cancelled(signal)`.
 */
export function networkError(thrown: unknown, context: NetworkErrorContext): StylusError {
  throwIfCancelled(context.signal);
  const complete = errorChain(thrown).find((error) => error instanceof StylusError);
  if (complete !== undefined) return complete;
  const failure = networkFailure(thrown);
  const what = `${context.what}: ${failure.reason}.`;
  if (failure.kind === "proxy-login") return proxyLoginError(what, context.domain, thrown);
  const { why, next } = explain(failure, context.endpoint, context.kept);
  return new StylusError(`${context.domain}.unreachable`, { what, why, next, cause: thrown });
}

/** Status 407; `what` is the whole first sentence. */
export function proxyLoginError(
  what: string,
  domain: NetworkErrorContext["domain"],
  cause?: unknown,
): StylusError {
  return new StylusError(`${domain}.denied`, {
    what,
    why: "The proxy requires a user name and a password.",
    next: "Put user and password into HTTP_PROXY or HTTPS_PROXY.",
    cause,
  });
}

/** The server responded that it cannot serve requests now (5xx, 429); `what` is the whole first sentence. */
export function serverError(
  what: string,
  { setting }: Endpoint,
  kept: string,
  cause?: unknown,
): StylusError {
  return new StylusError("publish.unreachable", {
    what,
    why: "The server reports an internal error or overload.",
    next: `Check ${setting} and the server's log, and run again; ${kept}.`,
    cause,
  });
}
