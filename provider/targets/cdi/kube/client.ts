import type { CdiLocation } from "../../../schema/targets/cdi";
import { readKubeContext, type KubeContext } from "./config";
import { clusterAuthority, kubeCredentials } from "./credentials";
import { kubeDispatcher } from "./dispatcher";
import { kubeNetworkFault } from "./faults";
import { sendOnce, type WireAnswer, type WireBody } from "../../../system/http/requests";
import { sendRepeatedly } from "../../../system/http/retry";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the cluster's address, such as `/api/v1/namespaces`. */
  readonly path: string;
  readonly body?: object;
  /** Ends the sentence "Cannot ...". */
  readonly doing: string;
  readonly signal: AbortSignal;
}

export interface KubeAnswer {
  readonly status: number;
  /** Parsed JSON, or the text of what is none. */
  readonly body: unknown;
}

/** A cluster, entered as one user. */
export interface KubeClient {
  readonly context: KubeContext;
  /** The whole address of a path, as others may name it. */
  urlOf(path: string): string;
  /** Any answer is one; a cluster that cannot be reached is `publish.unreachable`. */
  call(request: KubeRequest): Promise<KubeAnswer>;
}

/** Reads the kubeconfig and its credentials anew. */
export async function openKube(
  location: CdiLocation,
  rootDirectory: string,
  signal: AbortSignal,
): Promise<KubeClient> {
  const context = await readKubeContext(location, rootDirectory);
  const authority = await clusterAuthority(context);
  let credentials = await kubeCredentials(context, signal);
  const urlOf: KubeClient["urlOf"] = (path) => context.server.href.replace(/\/$/, "") + path;

  const send = async ({ method, path, body, signal: within }: KubeRequest): Promise<WireAnswer> => {
    const dispatcher = await kubeDispatcher(context, authority, credentials);
    const { token } = credentials;
    const request = {
      method,
      url: new URL(urlOf(path)),
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: body && jsonBody(body),
      signal: within,
    };
    // What creates something is not repeated blindly: its answer may be lost.
    return (method === "POST" ? sendOnce : sendRepeatedly)(dispatcher, request);
  };

  return {
    context,
    urlOf,
    call: async (request) => {
      try {
        let answer = await send(request);
        if (answer.status === 401) {
          await answer.discard();
          credentials = await kubeCredentials(context, request.signal, credentials);
          answer = await send(request);
        }
        return { status: answer.status, body: parsed(await answer.text()) };
      } catch (thrown) {
        throw kubeNetworkFault(thrown, request, context);
      }
    },
  };
}

function jsonBody(body: object): WireBody {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    length: bytes.length,
    pieces: async function* () {
      yield await Promise.resolve(bytes);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
