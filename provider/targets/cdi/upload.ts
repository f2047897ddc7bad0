import { pause, throwIfCancelled } from "../../base/cancellation";
import type { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import type { ProgressOptions } from "../../system/files/progress-options";
import { isConnectionLost } from "../../system/http/network-failure";
import { sendRequest } from "../../system/http/request";
import { openFileStream } from "../file-stream";
import type { HashedArtifact } from "./ensure-volume";
import type { CdiTimeouts } from "./session";
import { uploadNetworkError, uploadStatusError } from "./upload-errors";
import type { UploadProxy } from "./upload-proxy";

type UploadResult =
  /** CDI received all bytes and made its disk of them. */
  | { readonly state: "done" }
  /** Another upload to the same volume is under way, or has just ended. */
  | { readonly state: "busy" }
  /** The token is wrong or has expired. */
  | { readonly state: "token-rejected"; readonly error: StylusError }
  /** The upload broke off, or its response was lost; it may be repeated. */
  | { readonly state: "connection-lost"; readonly error: StylusError };

/** Sends all bytes once. CDI cannot resume an upload: a repetition starts from the first byte. */
export async function sendBytes(
  proxy: UploadProxy,
  token: string,
  artifact: HashedArtifact,
  options: ProgressOptions,
  { headPause }: Pick<CdiTimeouts, "headPause">,
): Promise<UploadResult> {
  const { signal } = options;
  const upload = openFileStream(artifact, artifact.sha256, options);
  const chunks = (): AsyncIterable<Buffer> => headFirst(upload.body, headPause, signal);
  try {
    const response = await sendRequest(await proxy.dispatcher(), {
      method: "POST",
      url: proxy.url,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: { length: artifact.sizeBytes, chunks },
      signal,
    });
    const { status } = response;
    const text = await response.text().catch(() => "");
    if (status >= 200 && status <= 299) return { state: "done" };
    // CDI's upload server gives no reason while another program uploads, or after it has uploaded everything.
    if (status === 409 || (status === 503 && text.trim() === "")) return { state: "busy" };
    const error = uploadStatusError(status, text, proxy.url);
    if (status === 401) return { state: "token-rejected", error };
    if (error.code === "publish.unreachable") return { state: "connection-lost", error };
    throw error;
  } catch (thrown) {
    throwIfCancelled(signal);
    upload.throwIfFailed();
    const error = uploadNetworkError(thrown, proxy.url, signal);
    if (isConnectionLost(thrown)) return { state: "connection-lost", error };
    throw error;
  } finally {
    upload.body.destroy();
  }
}

const headBytes = 64 * 1024;

/**
 * Pauses after the first bytes. A server that rejects an upload closes the connection while it is sent, which can destroy
 * its response before it is read.
 */
async function* headFirst(
  body: AsyncIterable<Buffer>,
  wait: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let isHeadSent = false;
  for await (const chunk of body) {
    const head = isHeadSent ? chunk : chunk.subarray(0, headBytes);
    yield head;
    if (isHeadSent || chunk.length <= headBytes) continue;
    isHeadSent = true;
    await pause(wait, signal);
    for (let at = headBytes; at < chunk.length; at += MiB) yield chunk.subarray(at, at + MiB);
  }
}
