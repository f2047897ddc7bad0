import type { UploadPartCommand } from "@aws-sdk/client-s3";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { PartSource } from "../part-source";
import type { S3Connection } from "./connection";
import { s3Error, sdkErrorOf } from "./errors";
import { type Part, partsInFlight } from "./parts";
import { watchBody } from "./request-handler";
import { type SentPart, sha256Of, type Upload } from "./resume-upload";

/** The parts of a local file, sent under one key. */
export interface PartsToSend {
  readonly key: string;
  readonly parts: readonly Part[];
  readonly source: PartSource;
}

export async function sendParts(
  connection: S3Connection,
  job: PartsToSend,
  upload: Upload,
  options: ProgressOptions,
): Promise<readonly SentPart[] | "lost"> {
  const sent = new Map(upload.sent.map((part) => [part.number, part]));
  const missing = job.parts.filter(({ number }) => !sent.has(number));
  const progress = progressOf(job.parts, sent, options);
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const partSize = job.parts[0]?.length ?? 1;
  // Buffers are reused: garbage collection would free those of earlier parts too late.
  const buffers: Buffer[] = [];
  const send = async (part: Part): Promise<void> => {
    if (failure.signal.aborted) return;
    const { number } = part;
    const buffer = buffers.pop() ?? Buffer.allocUnsafe(partSize);
    try {
      const bytes = await job.source.read(part, buffer);
      watchBody(bytes, (sentBytes) => progress(number, sentBytes));
      sent.set(number, await sendPart(connection, job.key, upload.id, number, bytes, signal));
      progress(number, part.length);
      buffers.push(buffer);
    } catch (thrown) {
      // The first failure ends the other parts; their errors only follow from it.
      failure.abort(thrown);
    }
  };
  const { default: pMap } = await import("p-map");
  await pMap(missing, send, { concurrency: partsInFlight(partSize) });
  if (sdkErrorOf(failure.signal.reason).name === "NoSuchUpload") return "lost";
  if (failure.signal.aborted) {
    throw s3Error(failure.signal.reason, `send ${job.key}`, connection.spec, options.signal);
  }
  return [...sent.values()].sort((one, other) => one.number - other.number);
}

async function sendPart(
  connection: S3Connection,
  key: string,
  uploadId: string,
  number: number,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<SentPart> {
  const { spec } = connection;
  const digest = spec.checksums === "auto" ? sha256Of(bytes) : undefined;
  const sha256 = digest?.toString("base64");
  const answer = await connection.raw((sdk, client) => {
    const command = new sdk.UploadPartCommand({
      Bucket: spec.bucket,
      Key: key,
      UploadId: uploadId,
      PartNumber: number,
      Body: bytes,
      ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }),
    });
    if (digest !== undefined) signWith(command, digest);
    return client.send(command, { abortSignal: signal });
  });
  return { number, etag: answer.ETag ?? "", sha256 };
}

/** Signs with the SHA-256 that is already known; otherwise the SDK computes it a second time. */
function signWith({ middlewareStack }: UploadPartCommand, digest: Buffer): void {
  middlewareStack.add(
    (next) => (call) => {
      if (hasHeaders(call.request)) {
        call.request.headers["x-amz-content-sha256"] = digest.toString("hex");
      }
      return next(call);
    },
    { step: "build", name: "knownHash" },
  );
}

function hasHeaders(request: unknown): request is { readonly headers: Record<string, string> } {
  return typeof request === "object" && request !== null && "headers" in request;
}

/** Reports the sum over all parts. It never decreases, although a repeated part starts at 0 again. */
function progressOf(
  parts: readonly Part[],
  sent: ReadonlyMap<number, SentPart>,
  { onProgress }: ProgressOptions,
): (number: number, sentBytes: number) => void {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const done = new Map(
    parts.filter(({ number }) => sent.has(number)).map(({ number, length }) => [number, length]),
  );
  let reported = 0;
  return (number, sentBytes) => {
    done.set(number, sentBytes);
    const sum = [...done.values()].reduce((one, other) => one + other, 0);
    reported = Math.max(reported, sum);
    onProgress(reported, total);
  };
}
