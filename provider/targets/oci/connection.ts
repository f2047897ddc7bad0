import type { Dispatcher } from "undici";
import type { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { MiB } from "../../base/size";
import { registryOf, type Registry } from "./address";
import { openAuthorizer } from "./authorizer";
import { readErrorResponse, registryError, type ErrorResponse } from "./errors";
import { registryNetworkError } from "./network-error";
import { targetDispatcher } from "../../system/http/target-dispatcher";
import {
  sendRequest,
  type HttpResponse,
  type HttpBody,
  type HttpRequest,
} from "../../system/http/request";
import { sendWithRetry } from "../../system/http/retry";

export interface OciRequest {
  readonly method: HttpRequest["method"];
  /** Below the repository, such as `manifests/latest`, or what a `Location` said. */
  readonly to: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** `once` for a step of an upload: what became of it has to be asked before it is repeated. */
  readonly repeat?: "once";
  readonly signal: AbortSignal;
  /** Ends the sentence "Cannot ...". */
  readonly doing: string;
}

/** A repository, and the way to it. */
export interface OciConnection {
  readonly spec: OciTargetSpec;
  readonly registry: Registry;
  /** Bytes of one request of an upload. */
  readonly chunkSize: number;
  /** Any answer but a 401 is one; a network that is dead is `publish.unreachable`. */
  send(request: OciRequest): Promise<HttpResponse>;
  /** An answer that is none to go on from, as an error. */
  errorFrom(answer: HttpResponse, doing: string): Promise<StylusError>;
  /** The same, of one whose text was read already. */
  errorOf(refusal: ErrorResponse, doing: string): StylusError;
}

export function connectRegistry(
  spec: OciTargetSpec,
  /** Certificates, PEM, that are trusted besides the usual ones. */
  authority: () => string | undefined,
  chunkSize = 64 * MiB,
): OciConnection {
  const registry = registryOf(spec);
  const dispatcher = async (): Promise<Dispatcher> => targetDispatcher(authority());
  const authorizer = openAuthorizer(spec, dispatcher);
  const base = `${registry.origin}/v2/${registry.name}/`;

  const errorOf: OciConnection["errorOf"] = (refusal, doing) =>
    registryError(refusal, doing, spec, authorizer.describeLogin());
  const errorFrom: OciConnection["errorFrom"] = async (answer, doing) =>
    errorOf(await readErrorResponse(answer), doing);
  return {
    spec,
    registry,
    chunkSize,
    errorFrom,
    errorOf,
    send: async ({ method, to, headers = {}, body, repeat, signal, doing }) => {
      const url = typeof to === "string" ? new URL(to, base) : to;
      // Uploads may go to another server, which has its own way to know us.
      const isOurs = url.origin === registry.origin;
      const attempt = async (authorization: string | undefined): Promise<HttpResponse> => {
        const all = { ...headers, ...(authorization !== undefined && { authorization }) };
        const request = { method, url, headers: all, body, signal };
        const send = repeat === "once" ? sendRequest : sendWithRetry;
        return send(await dispatcher(), request);
      };
      try {
        const authorization = isOurs ? await authorizer.header(signal) : undefined;
        const answer = await attempt(authorization);
        const challenge = answer.header("www-authenticate");
        if (answer.status !== 401 || !isOurs || challenge === undefined) return answer;
        await answer.discard();
        const renewed = await authorizer.answer(challenge, authorization, signal);
        const second = await attempt(renewed);
        if (second.status === 401) throw await errorFrom(second, doing);
        return second;
      } catch (thrown) {
        throw registryNetworkError(thrown, doing, spec, signal);
      }
    },
  };
}
