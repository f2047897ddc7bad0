import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import { complete, connectionLost, type Outcome, type PushOptions } from "./complete";
import type { OciConnection } from "./connection";
import type { OciBlob } from "./manifest";
import { noResumeStore, type ResumeStore } from "./resume-store";
import { beginUpload, sendChunk, type Upload, uploadStatus } from "./upload";

const smallestChunk = MiB;
/** Lost connections in a row, without a byte between, before an upload is given up. */
const maxConnectionLosses = 5;

/** Sends a blob chunk by chunk. After a lost connection, it continues with the first byte that the registry does not have. */
export async function pushInChunks(
  connection: OciConnection,
  blob: OciBlob,
  options: PushOptions,
): Promise<Outcome> {
  const { onSent, signal, resumeStore = noResumeStore } = options;
  const resumed = await resumeUpload(connection, blob, resumeStore, signal);
  let upload = resumed ?? (await beginUpload(connection, blob, signal));
  let chunk = connection.chunkSize;
  for (let losses = 0; upload.offset < blob.size;) {
    await resumeStore.save(upload.location);
    const length = Math.min(chunk, blob.size - upload.offset);
    const step = await sendChunk(connection, blob, upload, length, onSent, signal).catch(
      connectionLost,
    );
    if (step.type === "done") {
      losses = 0;
      upload = step.upload;
      continue;
    }
    if (step.type === "refused") {
      const { status } = step.response;
      if (status === 413 && length > smallestChunk) {
        chunk = Math.max(smallestChunk, Math.floor(length / 4));
        continue;
      }
      const error = connection.errorOf(step.response, `send ${blob.digest}`);
      if ([401, 403, 413].includes(status)) throw error;
      // 404: the upload is lost. Any other status: the registry does not accept chunks.
      return status === 404 ? { type: "lost", error } : { type: "refused" };
    }
    const error =
      step.type === "connection-lost"
        ? step.error
        : connection.errorOf(step.response, `send ${blob.digest}`);
    losses += 1;
    if (losses > maxConnectionLosses) throw error;
    await pause((step.type === "unclear" ? step.pause : undefined) ?? 250 * 2 ** losses, signal);
    const now = await uploadStatus(connection, upload, signal);
    if (now === undefined || now.offset > blob.size) return { type: "lost", error };
    // A registry that rejects the offset that it reports itself does not support chunks.
    const isStuck = step.type === "unclear" && step.response.status === 416;
    if (isStuck && now.offset === upload.offset) return { type: "refused" };
    if (now.offset > upload.offset) losses = 0;
    upload = now;
  }
  await resumeStore.save(upload.location);
  return complete(connection, blob, upload, options).catch((thrown: unknown) => {
    // The resumed upload may have been begun with other content: repeat it from the first byte.
    if (
      resumed !== undefined &&
      thrown instanceof StylusError &&
      thrown.code === "publish.failed"
    ) {
      return { type: "lost", error: thrown } as const;
    }
    throw thrown;
  });
}

/** The unfinished upload of another process, if the registry still has it. */
async function resumeUpload(
  connection: OciConnection,
  blob: OciBlob,
  resumeStore: ResumeStore,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  const location = await resumeStore.load();
  if (location === undefined) return undefined;
  const upload = await uploadStatus(connection, { location, offset: 0 }, signal);
  return upload === undefined || upload.offset > blob.size ? undefined : upload;
}
