import { pause } from "../../base/cancellation";
import { complete, type Outcome, type PushOptions } from "./complete";
import type { OciConnection } from "./connection";
import type { OciBlob } from "./manifest";
import { pushInChunks } from "./push-chunks";
import { noResumeStore } from "./resume-store";
import { beginUpload } from "./upload";

/** Uploads of one blob that a registry may lose. */
const maxUploads = 5;

/** Whether the registry has the blob. */
export async function hasBlob(
  connection: OciConnection,
  { digest, size }: Pick<OciBlob, "digest" | "size">,
  signal: AbortSignal,
): Promise<boolean> {
  const doing = `look for ${digest}`;
  const to = `blobs/${digest}`;
  const answer = await connection.send({ method: "HEAD", to, signal, doing });
  await answer.discard();
  if (answer.status === 404) return false;
  if (answer.status !== 200) throw await connection.errorFrom(answer, doing);
  // A truncated blob is sent again.
  const length = answer.header("content-length");
  return length === undefined || Number(length) === size;
}

/** Sends a blob unless the registry has it. */
export async function pushBlob(
  connection: OciConnection,
  blob: OciBlob,
  options: PushOptions,
): Promise<void> {
  const { signal, onSent, resumeStore = noResumeStore } = options;
  if (!(await hasBlob(connection, blob, signal))) {
    let push = blob.size > connection.chunkSize ? pushInChunks : pushWhole;
    for (let starts = 1; ; starts += 1) {
      const outcome = await push(connection, blob, options);
      if (outcome.type === "complete") break;
      await resumeStore.clear();
      if (outcome.type === "refused") {
        push = pushWhole;
        continue;
      }
      // Perhaps only the last response was lost, or another program has sent the same blob.
      if (await hasBlob(connection, blob, signal)) break;
      if (starts >= maxUploads) throw outcome.error;
      await pause(250 * 2 ** starts, signal);
    }
    await resumeStore.clear();
  }
  onSent(blob.size);
}

async function pushWhole(
  connection: OciConnection,
  blob: OciBlob,
  { onSent, signal }: PushOptions,
): Promise<Outcome> {
  const upload = await beginUpload(connection, blob, signal);
  return complete(connection, blob, upload, { onSent, signal });
}
