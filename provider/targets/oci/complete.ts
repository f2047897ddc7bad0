import { StylusError } from "../../base/errors";
import type { OciConnection } from "./connection";
import { type ErrorResponse, readErrorResponse } from "./errors";
import type { OciBlob } from "./manifest";
import type { ResumeStore } from "./resume-store";
import { completeUpload, type Upload } from "./upload";

export interface PushOptions {
  /** Bytes of the blob that were sent or exist already. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
  /** Stores the location of the upload, so that another process can resume it. */
  readonly resumeStore?: ResumeStore;
}

export type Outcome =
  | { readonly type: "complete" }
  /** The registry no longer has the upload. */
  | { readonly type: "lost"; readonly error: StylusError }
  /** The registry does not accept chunks. */
  | { readonly type: "refused" };

/** Completes an upload and verifies the digest of the stored blob. */
export async function complete(
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
    const response = await readErrorResponse(answer);
    const error = connection.errorOf(response, doing);
    if (isFinal(response)) throw error;
    return { type: "lost", error };
  } catch (thrown) {
    const step = connectionLost(thrown);
    return { type: "lost", error: step.error };
  }
}

/** Whether a repetition would fail in the same way. */
function isFinal({ status, codes }: ErrorResponse): boolean {
  if (codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID")) return false;
  return status < 500 && ![404, 408, 416, 429].includes(status);
}

/** For `catch`: a lost connection as a value; any other error is thrown again. */
export function connectionLost(thrown: unknown): {
  readonly type: "connection-lost";
  readonly error: StylusError;
} {
  if (thrown instanceof StylusError && thrown.code === "publish.unreachable") {
    return { type: "connection-lost", error: thrown };
  }
  throw thrown;
}

function otherDigest({ digest }: OciBlob, found: string): StylusError {
  return new StylusError("publish.failed", {
    what: `The registry stores ${digest} under another digest: ${found}.`,
    why: "The registry, or a proxy in front of it, changes the content.",
    next: "Check the registry; nothing was published.",
  });
}
