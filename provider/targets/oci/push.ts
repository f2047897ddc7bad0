import { StylusError } from "../../base/errors";
import { MiB } from "../../base/size";
import { pause } from "../../base/cancellation";
import type { OciBlob } from "./manifest";
import type { OciConnection } from "./connection";
import { readErrorResponse, type ErrorResponse } from "./errors";
import {
  type Upload,
  type ResumeStore,
  beginUpload,
  completeUpload,
  noResumeStore,
  sendChunk,
  uploadStatus,
} from "./upload";

const smallestChunk = MiB;
/** Broken connections in a row, without a byte between, before an upload is given up. */
const maxConnectionLosses = 5;
/** Uploads of one blob that a registry may lose. */
const maxUploads = 5;

export interface PushOptions {
  /** Bytes of the blob that are there or on their way. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
  /** Where an upload is noted that another process may go on with. */
  readonly resumeStore?: ResumeStore;
}

/** Whether the registry has the blob. */
export async function hasBlob(
  connection: OciConnection,
  { digest, size }: Pick<OciBlob, "digest" | "size">,
  signal: AbortSignal,
): Promise<boolean> {
  const doing = `look at ${digest}`;
  const to = `blobs/${digest}`;
  const answer = await connection.send({ method: "HEAD", to, signal, doing });
  await answer.discard();
  if (answer.status === 404) return false;
  if (answer.status !== 200) throw await connection.errorFrom(answer, doing);
  // What a registry under maintenance has half of is sent again.
  const length = answer.header("content-length");
  return length === undefined || Number(length) === size;
}

type Outcome =
  | { readonly type: "complete" }
  /** The upload is gone, with all that was sent. */
  | { readonly type: "lost"; readonly fault: StylusError }
  /** The registry takes no chunks. */
  | { readonly type: "refused" };

/** Sends a blob, unless the registry has it. A connection that breaks costs only what the registry did not keep. */
export async function pushBlob(
  connection: OciConnection,
  blob: OciBlob,
  options: PushOptions,
): Promise<void> {
  const { signal, onSent, resumeStore: memory = noResumeStore } = options;
  if (!(await hasBlob(connection, blob, signal))) {
    let how = blob.size > connection.chunkSize ? pushInChunks : pushWhole;
    for (let starts = 1; ; starts += 1) {
      const outcome = await how(connection, blob, options);
      if (outcome.type === "complete") break;
      await memory.clear();
      if (outcome.type === "refused") {
        how = pushWhole;
        continue;
      }
      // Its last answer may have been lost, and not the blob; or another program has sent the same.
      if (await hasBlob(connection, blob, signal)) break;
      if (starts >= maxUploads) throw outcome.fault;
      await pause(250 * 2 ** starts, signal);
    }
    await memory.clear();
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

async function pushInChunks(
  connection: OciConnection,
  blob: OciBlob,
  options: PushOptions,
): Promise<Outcome> {
  const { onSent, signal, resumeStore: memory = noResumeStore } = options;
  const kept = await resumeUpload(connection, blob, memory, signal);
  let upload = kept ?? (await beginUpload(connection, blob, signal));
  let chunk = connection.chunkSize;
  for (let breaks = 0; upload.offset < blob.size;) {
    await memory.save(upload.location);
    const length = Math.min(chunk, blob.size - upload.offset);
    const step = await sendChunk(connection, blob, upload, length, onSent, signal).catch(
      connectionLost,
    );
    if (step.type === "done") {
      breaks = 0;
      upload = step.upload;
      continue;
    }
    if (step.type === "refused") {
      const { status } = step.refusal;
      if (status === 413 && length > smallestChunk) {
        chunk = Math.max(smallestChunk, Math.floor(length / 4));
        continue;
      }
      const fault = connection.errorOf(step.refusal, `send ${blob.digest}`);
      if ([401, 403, 413].includes(status)) throw fault;
      // What is unknown was lost; anything else means that chunks are not taken.
      return status === 404 ? { type: "lost", fault } : { type: "refused" };
    }
    const fault =
      step.type === "broken" ? step.fault : connection.errorOf(step.refusal, `send ${blob.digest}`);
    breaks += 1;
    if (breaks > maxConnectionLosses) throw fault;
    await pause((step.type === "unclear" ? step.pause : undefined) ?? 250 * 2 ** breaks, signal);
    const now = await uploadStatus(connection, upload, signal);
    if (now === undefined || now.offset > blob.size) return { type: "lost", fault };
    // A registry that wants no bytes where it says itself that they are missing does not take chunks.
    const isStuck = step.type === "unclear" && step.refusal.status === 416;
    if (isStuck && now.offset === upload.offset) return { type: "refused" };
    if (now.offset > upload.offset) breaks = 0;
    upload = now;
  }
  await memory.save(upload.location);
  return complete(connection, blob, upload, options).catch((thrown: unknown) => {
    // What was taken up may have been begun with other bytes; only a whole upload proves anything.
    if (kept !== undefined && thrown instanceof StylusError && thrown.code === "publish.failed") {
      return { type: "lost", fault: thrown } as const;
    }
    throw thrown;
  });
}

/** What another process has begun, as far as the registry still knows of it. */
async function resumeUpload(
  connection: OciConnection,
  blob: OciBlob,
  memory: ResumeStore,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  const location = await memory.load();
  if (location === undefined) return undefined;
  const upload = await uploadStatus(connection, { location, offset: 0 }, signal);
  return upload === undefined || upload.offset > blob.size ? undefined : upload;
}

async function complete(
  connection: OciConnection,
  blob: OciBlob,
  upload: Upload,
  { onSent, signal }: Pick<PushOptions, "onSent" | "signal">,
): Promise<Outcome> {
  const doing = `complete the upload of ${blob.digest}`;
  try {
    const answer = await completeUpload(connection, blob, upload, onSent, signal);
    const digest = answer.header("docker-content-digest") ?? blob.digest;
    if (answer.status === 201 || answer.status === 204) {
      await answer.discard();
      if (digest === blob.digest) return { type: "complete" };
      throw otherDigest(blob, digest);
    }
    const refusal = await readErrorResponse(answer);
    const fault = connection.errorOf(refusal, doing);
    if (isFinal(refusal)) throw fault;
    return { type: "lost", fault };
  } catch (thrown) {
    const step = connectionLost(thrown);
    return { type: "lost", fault: step.fault };
  }
}

/** Whether another try would end in the same way. */
function isFinal({ status, codes }: ErrorResponse): boolean {
  if (codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID")) return false;
  return status < 500 && ![404, 408, 416, 429].includes(status);
}

/** A dead network, in the middle of a step; anything else is thrown on. */
function connectionLost(thrown: unknown): { readonly type: "broken"; readonly fault: StylusError } {
  if (thrown instanceof StylusError && thrown.code === "publish.unreachable") {
    return { type: "broken", fault: thrown };
  }
  throw thrown;
}

function otherDigest({ digest }: OciBlob, found: string): StylusError {
  return new StylusError("publish.failed", {
    what: `The registry keeps ${digest} under another digest: ${found}.`,
    why: "It, or a proxy before it, changes what it is given.",
    next: "Look at the registry; nothing was published.",
  });
}
