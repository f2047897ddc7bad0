import { Readable } from "node:stream";
import { type HttpBody, sendRequest } from "../../system/http/request";
import { targetDispatcher } from "../../system/http/target-dispatcher";

const chunkSize = 256 * 1024;

/** A signed request, as the SDK hands it over. */
interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The part of a response that the SDK uses. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Listeners for the number of sent bytes of a request's body; a repeated request starts again at 0. */
const watchers = new WeakMap<object, (sentBytes: number) => void>();

export function watchBody(body: Uint8Array, onSent: (sentBytes: number) => void): void {
  watchers.set(body, onSent);
}

/**
 * The SDK's way to the network, over undici: proxies and private CAs as everywhere else in this
 * package, which the SDK's own handler has only with further packages. The body goes in chunks, so
 * that a slow line is not taken for a dead one.
 */
export function s3RequestHandler() {
  const dispatcher = targetDispatcher();
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(
      request: HttpRequest,
      options: { readonly abortSignal?: AbortSignal } = {},
    ): Promise<{ readonly response: HttpResponse }> {
      try {
        const answer = await sendRequest(await dispatcher, {
          method: request.method,
          url: new URL(originOf(request)),
          rawPath: request.path + queryOf(request),
          headers: request.headers,
          body: bodyOf(request.body),
          signal: options.abortSignal,
        });
        const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        );
        return {
          response: {
            statusCode: answer.status,
            headers: Object.fromEntries(headers) as Record<string, string>,
            body: answer.body,
          },
        };
      } catch (thrown) {
        throw retryable(thrown, options.abortSignal);
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

/** The SDK repeats what is called a TimeoutError; it does not know undici's codes. */
function retryable(thrown: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return Object.assign(new Error("aborted", { cause: thrown }), { name: "AbortError" });
  }
  if (!(thrown instanceof Error) || !("code" in thrown)) return thrown;
  if (typeof thrown.code !== "string" || !thrown.code.startsWith("UND_ERR_")) return thrown;
  return Object.assign(new Error(thrown.message, { cause: thrown }), { name: "TimeoutError" });
}

function originOf({ protocol, hostname, port }: HttpRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}

function queryOf({ query = {} }: HttpRequest): string {
  const pairs = Object.keys(query)
    .sort()
    .flatMap((name) =>
      [query[name] ?? ""].flat().map((value) => `${escape(name)}=${escape(value)}`),
    );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** RFC 3986, as SigV4 wants it. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function bodyOf(body: unknown): Readable | string | HttpBody | undefined {
  if (body instanceof Readable || typeof body === "string") return body;
  if (!(body instanceof Uint8Array)) return undefined;
  return { length: body.length, chunks: () => chunksOf(body) };
}

function* chunksOf(body: Uint8Array): Generator<Buffer> {
  const onSent = watchers.get(body);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  for (let offset = 0; offset < body.length; offset += chunkSize) {
    onSent?.(offset);
    yield bytes.subarray(offset, offset + chunkSize);
  }
}
