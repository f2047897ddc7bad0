import type { Readable } from "node:stream";
import type { HttpTargetSpec } from "../../schema/targets/target";
import { httpCall, httpGet, type HttpAnswer } from "../../system/http/client";
import { networkFault } from "./faults";
import { headersOf } from "./_http-headers";

/** A server that received a large file may copy it once more before it says a word. */
const silenceAfterUpload = 600_000;

export type Method = "HEAD" | "OPTIONS" | "MKCOL" | "PUT" | "MOVE" | "DELETE";

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable;
  readonly signal: AbortSignal;
}

/** The way to one server, with the user's headers; its faults are those of `publish.*`. */
export interface HttpConnection {
  readonly spec: HttpTargetSpec;
  /** One request that follows no redirect; the answer's body has been read. */
  send(method: Method, address: string, sending: Sending): Promise<Answered>;
  /** A GET that follows redirects; the user's headers go to no other origin. */
  get(
    address: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer>;
}

export type Answered = Pick<HttpAnswer, "status" | "header">;

export function connectHttp(spec: HttpTargetSpec, rootDirectory: string): HttpConnection {
  return {
    spec,
    async send(method, address, { headers = {}, body, signal }) {
      try {
        const answer = await httpCall({
          method,
          url: address,
          headers: { ...(await headersOf(spec, rootDirectory)), ...headers },
          body,
          patience: silenceAfterUpload,
          signal,
        });
        await readToEnd(answer);
        return answer;
      } catch (thrown) {
        throw networkFault(thrown, `send ${method} for ${address}`, spec, signal);
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
        throw networkFault(thrown, `read ${address}`, spec, signal);
      }
    },
  };
}

/** The connection can then be used again. A server that refuses may hang up on what it did not read. */
async function readToEnd(answer: HttpAnswer): Promise<void> {
  try {
    const chunks = answer.body[Symbol.asyncIterator]();
    for (let ended = false; !ended;) ended = (await chunks.next()).done === true;
  } catch {
    // The status has come, and nothing else of the answer is of interest.
  }
}
