import { MiB } from "../../base/size";
import { pause, throwIfCancelled } from "../../base/cancellation";
import type { HashedArtifact } from "./obtain";
import type { CdiPaces } from "./_cdi-paces";
import type { UploadProxy } from "./upload-proxy";
import { uploadFault, uploadNetworkFault } from "./upload";
import type { StylusError } from "../../base/errors";
import type { PublishOptions } from "../target";
import { openUpload } from "../_upload-source";
import { sendOnce } from "../../system/http/requests";
import { isDeadConnection } from "../../system/http/retry";

export type Sent =
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
  options: PublishOptions,
  { afterHead }: CdiPaces,
): Promise<Sent> {
  const { signal } = options;
  const upload = openUpload(artifact, artifact.sha256, options);
  const pieces = (): AsyncIterable<Buffer> => headFirst(upload.body, afterHead, signal);
  try {
    const answer = await sendOnce(await proxy.dispatcher(), {
      method: "POST",
      url: proxy.url,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body: { length: artifact.sizeBytes, pieces },
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
    const fault = uploadNetworkFault(thrown, proxy.url);
    if (isDeadConnection(thrown)) return { state: "broken", fault };
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
