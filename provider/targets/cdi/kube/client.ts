import type { CdiLocation } from "../../../schema/targets/cdi";
import { readKubeContext, type KubeContext } from "./config";
import { clusterAuthority, kubeCredentials } from "./credentials";
import { kubeDispatcher } from "./dispatcher";
import { kubeNetworkError } from "./faults";
import type { KubeRequest, KubeResponse } from "./request";
import { sendRequest, type HttpResponse } from "../../../system/http/request";
import { sendWithRetry } from "../../../system/http/retry";

/** A cluster, entered as one user. */
export interface KubeClient {
  readonly context: KubeContext;
  /** The whole address of a path, as others may name it. */
  urlOf(path: string): string;
  /** Any answer is one; a cluster that cannot be reached is `publish.unreachable`. */
  call(request: KubeRequest): Promise<KubeResponse>;
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

  const send = async ({
    method,
    path,
    body,
    signal: within,
  }: KubeRequest): Promise<HttpResponse> => {
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
      body: body && JSON.stringify(body),
      signal: within,
    };
    // What creates something is not repeated blindly: its answer may be lost.
    return (method === "POST" ? sendRequest : sendWithRetry)(dispatcher, request);
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
        throw kubeNetworkError(thrown, request, context);
      }
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
