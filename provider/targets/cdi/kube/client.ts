import type { CdiLocation } from "../../../schema/targets/identity";
import { readKubeContext, type KubeContext } from "./config";
import { clusterAuthority, kubeCredentials } from "./credentials";
import { kubeDispatcher } from "./dispatcher";
import { kubeNetworkError } from "./errors";
import type { KubeRequest, KubeResponse } from "./request";
import { sendRequest, type HttpResponse } from "../../../system/http/request";
import { sendWithRetry } from "../../../system/http/retry";

/** A client of one cluster as one user. */
export interface KubeClient {
  readonly context: KubeContext;
  /** The URL of a path. */
  urlOf(path: string): string;
  /** Returns any status. Throws `publish.unreachable` if the cluster does not respond. */
  call(request: KubeRequest): Promise<KubeResponse>;
}

/** Opens a client with the kubeconfig and the credentials as they are now. */
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
    // A POST is not repeated: it may have created the object although its response was lost.
    return (method === "POST" ? sendRequest : sendWithRetry)(dispatcher, request);
  };

  return {
    context,
    urlOf,
    call: async (request) => {
      try {
        let response = await send(request);
        if (response.status === 401) {
          await response.discard();
          credentials = await kubeCredentials(context, request.signal, credentials);
          response = await send(request);
        }
        return { status: response.status, body: parseJson(await response.text()) };
      } catch (thrown) {
        throw kubeNetworkError(thrown, request, context);
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
