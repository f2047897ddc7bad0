import { pause, throwIfCancelled } from "../../base/cancellation";
import { type ErrorCode, StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import { networkError } from "../../system/http/errors";
import { isConnectionLost } from "../../system/http/network-failure";
import { sendRequest } from "../../system/http/request";
import { openUpload } from "../local-file";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { HashedArtifact } from "./obtain";
import type { CdiPaces } from "./session";
import type { UploadProxy } from "./upload-proxy";

/** What an answer of the upload proxy other than success means. */
function uploadFault(status: number, said: string, url: URL): StylusError {
  const words = said
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
  const what = `Cannot upload to ${url.host}: the upload proxy answered ${status}${words === "" ? "" : ` (${words})`}.`;
  const fault = (code: ErrorCode, why: string, next: string): StylusError =>
    new StylusError(code, { what, why, next });
  if (status === 401) {
    return fault(
      "publish.denied",
      "It does not take the token that CDI gave, twice in a row: the address leads to the upload proxy of another cluster, or the clocks differ by minutes.",
      "Compare the target's `uploadProxy` with the context, and the clocks of the cluster's nodes.",
    );
  }
  if (status === 403 || status === 407) {
    return fault(
      "publish.denied",
      "Something before the upload proxy lets nobody through who has only CDI's token.",
      "Let requests for /v1beta1/upload pass there, or name another address in `uploadProxy`.",
    );
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return fault(
      "publish.not-found",
      "No upload proxy is at that address.",
      "Correct the target's `uploadProxy`, or `uploadProxyURLOverride` in CDI's configuration.",
    );
  }
  if (status === 413) {
    return fault(
      "publish.failed",
      "What stands before the upload proxy takes no file of that size.",
      'Raise its limit (ingress-nginx: the annotation `nginx.ingress.kubernetes.io/proxy-body-size: "0"`).',
    );
  }
  if (status === 400) {
    return fault(
      "publish.failed",
      "CDI cannot make a disk of it, or the volume is too small for one.",
      "Give a larger `size`, or another format, remove the DataVolume, and run again.",
    );
  }
  // Its own words come with 500 only: of what it was sent, which would be the same again.
  if (status === 500 && words !== "") {
    return fault(
      "publish.failed",
      "CDI's upload server could not write the disk.",
      "Look at the log of the pod cdi-upload-..., give it room, remove the DataVolume, and run again.",
    );
  }
  if (status >= 500 || status === 429 || status === 408) {
    return fault(
      "publish.unreachable",
      "The upload proxy, or the pod behind it, does not answer.",
      "Run again: the same DataVolume is filled, with all bytes sent anew. If that stays, remove the DataVolume, and look at the logs of cdi-uploadproxy.",
    );
  }
  return fault("publish.failed", "CDI does not say why.", "Look at the logs of cdi-uploadproxy.");
}

/** The error of a failed connection to the upload proxy. */
function uploadNetworkError(thrown: unknown, url: URL, signal: AbortSignal): StylusError {
  return networkError(thrown, {
    domain: "publish",
    what: `Cannot upload to ${url.host}`,
    endpoint: {
      url,
      setting: "the target's `uploadProxy`",
      trust:
        "Name its CA in the target's `uploadProxyCaFile` (CDI's own: the ConfigMap cdi-uploadproxy-signer-bundle in its namespace), and run again.",
    },
    kept: "the same DataVolume is filled, with all bytes sent again",
    signal,
  });
}

type Sent =
  /** All bytes are there, and CDI has made its disk of them. */
  | { readonly state: "done" }
  /** Another upload to the same volume is under way, or has just ended. */
  | { readonly state: "busy" }
  /** The token is not taken, or no longer. */
  | { readonly state: "token-refused"; readonly fault: StylusError }
  /** It broke off, or its answer was lost; it may be begun anew. */
  | { readonly state: "broken"; readonly fault: StylusError };

/** Sends all bytes once. CDI can go on from nowhere: what broke off is sent anew. */
export async function sendBytes(
  proxy: UploadProxy,
  token: string,
  artifact: HashedArtifact,
  options: ProgressOptions,
  { afterHead }: CdiPaces,
): Promise<Sent> {
  const { signal } = options;
  const upload = openUpload(artifact, artifact.sha256, options);
  const chunks = (): AsyncIterable<Buffer> => headFirst(upload.body, afterHead, signal);
  try {
    const answer = await sendRequest(await proxy.dispatcher(), {
      method: "POST",
      url: proxy.url,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: { length: artifact.sizeBytes, chunks },
      signal,
    });
    const { status } = answer;
    const said = await answer.text().catch(() => "");
    if (status >= 200 && status <= 299) return { state: "done" };
    // CDI's upload server says nothing more where somebody else sends, or has sent all.
    if (status === 409 || (status === 503 && said.trim() === "")) return { state: "busy" };
    const fault = uploadFault(status, said, proxy.url);
    if (status === 401) return { state: "token-refused", fault };
    if (fault.code === "publish.unreachable") return { state: "broken", fault };
    throw fault;
  } catch (thrown) {
    throwIfCancelled(signal);
    upload.throwFault();
    const fault = uploadNetworkError(thrown, proxy.url, signal);
    if (isConnectionLost(thrown)) return { state: "broken", fault };
    throw fault;
  } finally {
    upload.body.destroy();
  }
}

const headBytes = 64 * 1024;

/** A server that refuses hangs up on what it did not read, and its words can be lost in that. */
async function* headFirst(
  body: AsyncIterable<Buffer>,
  wait: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let isBegun = false;
  for await (const chunk of body) {
    const head = isBegun ? chunk : chunk.subarray(0, headBytes);
    yield head;
    if (isBegun || chunk.length <= headBytes) continue;
    isBegun = true;
    await pause(wait, signal);
    for (let at = headBytes; at < chunk.length; at += MiB) yield chunk.subarray(at, at + MiB);
  }
}
