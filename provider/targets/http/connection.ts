import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { StylusError, describeThrown } from "../../base/errors";
import { type HttpTargetSpec, headersSchema } from "../../schema/targets/http";
import { readText } from "../../system/files/read-text";
import { extraAuthorities, openDispatcher, trusting } from "../../system/http/dispatcher";
import { httpGet } from "../../system/http/get";
import { type HttpResponse, sendRequest } from "../../system/http/request";
import { connectionError } from "./errors";

type Headers = Readonly<Record<string, string>>;

/** The user's headers, as they are at this moment: what the file says comes first. Names are lower-case. */
async function headersOf(
  { headers = {}, headersFile }: HttpTargetSpec,
  rootDirectory: string,
): Promise<Headers> {
  const literal = lowerCase(headers);
  if (headersFile === undefined) return literal;
  return { ...literal, ...(await readHeaders(resolve(rootDirectory, headersFile))) };
}

async function readHeaders(path: string): Promise<Headers> {
  const text = await readText(path).catch((cause: unknown) => {
    throw unusable(path, `It cannot be read: ${describeThrown(cause)}.`);
  });
  const lines = text.split("\n").map((line) => line.trim());
  const headers: Record<string, string> = {};
  lines.forEach((line, index) => {
    if (line === "" || line.startsWith("#")) return;
    const colon = line.indexOf(":");
    const parsed = headersSchema.safeParse({
      [line.slice(0, Math.max(colon, 0)).trim()]: line.slice(colon + 1).trim(),
    });
    // The line itself may be a secret, so only its number is told.
    if (!parsed.success)
      throw unusable(path, `Line ${index + 1} is not of the form "Name: value".`);
    Object.assign(headers, lowerCase(parsed.data));
  });
  return headers;
}

function lowerCase(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function unusable(path: string, why: string): StylusError {
  return new StylusError("publish.denied", {
    what: `The headers of a target in ${path} are of no use.`,
    why,
    next: "Write one `Name: value` in each line, such as `Authorization: Bearer ...`, or correct the target's `headersFile`.",
  });
}

type Method = "HEAD" | "OPTIONS" | "MKCOL" | "PUT" | "MOVE" | "DELETE";

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable;
  readonly signal: AbortSignal;
}

/** A connection to one server, with the user's headers. Its errors have `publish.*` codes. */
export interface HttpConnection {
  readonly spec: HttpTargetSpec;
  /** One request that follows no redirect; the answer's body has been read. */
  send(method: Method, address: string, sending: Sending): Promise<Answered>;
  /** A GET that follows redirects; the user's headers go to no other origin. */
  get(
    address: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpResponse>;
}

type Answered = Pick<HttpResponse, "status" | "header">;

export function connectHttp(spec: HttpTargetSpec, rootDirectory: string): HttpConnection {
  return {
    spec,
    async send(method, address, { headers = {}, body, signal }) {
      try {
        const dispatcher = await openDispatcher({ tls: trusting(extraAuthorities()) });
        const answer = await sendRequest(dispatcher, {
          method,
          url: new URL(address),
          headers: { ...(await headersOf(spec, rootDirectory)), ...headers },
          body,
          signal,
        });
        await readToEnd(answer);
        return answer;
      } catch (thrown) {
        throw connectionError(thrown, `send ${method} for ${address}`, spec, signal);
      } finally {
        // A server may answer before it has read everything; nobody reads the file any further then.
        body?.destroy();
      }
    },
    async get(address, transferHeaders, signal) {
      try {
        const headers = await headersOf(spec, rootDirectory);
        return await httpGet({ url: address, headers, transferHeaders, signal });
      } catch (thrown) {
        throw connectionError(thrown, `read ${address}`, spec, signal);
      }
    },
  };
}

/** Reads the rest, so that the connection can be used again. A server that rejects a request may close it early. */
async function readToEnd(response: HttpResponse): Promise<void> {
  try {
    const chunks = response.body[Symbol.asyncIterator]();
    for (let ended = false; !ended;) ended = (await chunks.next()).done === true;
  } catch {
    // The status has arrived; nothing else of the response is used.
  }
}
