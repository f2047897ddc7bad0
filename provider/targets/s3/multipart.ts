import type { UploadPartCommand } from "@aws-sdk/client-s3";
import type { PartSource } from "../local-file";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { S3Connection } from "./connection";
import { sdkErrorOf, s3Error } from "./errors";
import { type Content, artifactHeadersOf, metadataOf, storageOf } from "./object";
import { type Part, partsInFlight } from "./parts";
import { watchBody } from "./request-handler";
import { type SentPart, type Upload, findResumable, sha256Of } from "./uploads";

/** Tells the sum over all parts, and never less than before: a repeated part starts at 0 again. */
function progressOf(
  parts: readonly Part[],
  sent: ReadonlyMap<number, SentPart>,
  { onProgress }: ProgressOptions,
): (number: number, sentBytes: number) => void {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const done = new Map(
    parts.filter(({ number }) => sent.has(number)).map(({ number, length }) => [number, length]),
  );
  let told = 0;
  return (number, sentBytes) => {
    done.set(number, sentBytes);
    const sum = [...done.values()].reduce((one, other) => one + other, 0);
    told = Math.max(told, sum);
    onProgress(told, total);
  };
}

interface MultipartJob {
  readonly key: string;
  readonly content: Content;
  readonly mediaType: string;
  readonly parts: readonly Part[];
  readonly source: PartSource;
}

/** `lost`: the upload vanished or lost a race; whoever took it away may have published the same. */
type MultipartOutcome = "created" | "exists" | "lost";

/** Sends what the server does not have yet, and completes. An abort keeps the upload for the next run. */
export async function multipartUpload(
  connection: S3Connection,
  job: MultipartJob,
  resume: "resume" | "fresh",
  options: ProgressOptions,
): Promise<MultipartOutcome> {
  const { signal } = options;
  const { key, parts, source } = job;
  const found =
    resume === "resume" ? await findResumable(connection, key, parts, source, signal) : undefined;
  const upload = found ?? (await beginUpload(connection, job, signal));
  const sent = await sendParts(connection, job, upload, options);
  if (sent === "lost") return "lost";
  await source.verifyUnchanged();
  return completeUpload(connection, job, upload.id, sent, signal);
}

async function beginUpload(
  connection: S3Connection,
  { key, content, mediaType }: MultipartJob,
  signal: AbortSignal,
): Promise<Upload> {
  const { spec } = connection;
  const answer = await connection.call(`begin the upload of ${key}`, signal, (sdk, client) =>
    client.send(
      new sdk.CreateMultipartUploadCommand({
        Bucket: spec.bucket,
        Key: key,
        ContentType: mediaType,
        Metadata: metadataOf(content),
        ...(spec.checksums === "auto" ? { ChecksumAlgorithm: "SHA256" as const } : {}),
        ...storageOf(spec),
        ...artifactHeadersOf(spec),
      }),
      { abortSignal: signal },
    ),
  );
  return { id: answer.UploadId ?? "", sent: [] };
}

async function sendParts(
  connection: S3Connection,
  job: MultipartJob,
  upload: Upload,
  options: ProgressOptions,
): Promise<readonly SentPart[] | "lost"> {
  const sent = new Map(upload.sent.map((part) => [part.number, part]));
  const waiting = job.parts.filter(({ number }) => !sent.has(number));
  const progress = progressOf(job.parts, sent, options);
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const partSize = job.parts[0]?.length ?? 1;
  // Buffers are used again for later parts: the collector would free those of earlier parts far too late.
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
  await pMap(waiting, send, { concurrency: partsInFlight(partSize) });
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

/** The signature is over the same hash as the checksum; without being told, the SDK takes it a second time. */
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

async function completeUpload(
  connection: S3Connection,
  { key }: MultipartJob,
  uploadId: string,
  sent: readonly SentPart[],
  signal: AbortSignal,
): Promise<MultipartOutcome> {
  const { spec } = connection;
  const parts = sent.map(({ number, etag, sha256 }) => ({
    PartNumber: number,
    ETag: etag,
    ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }),
  }));
  try {
    await connection.raw((sdk, client) =>
      client.send(
        new sdk.CompleteMultipartUploadCommand({
          Bucket: spec.bucket,
          Key: key,
          UploadId: uploadId,
          MultipartUpload: { Parts: parts },
          IfNoneMatch: "*",
        }),
        { abortSignal: signal },
      ),
    );
    return "created";
  } catch (thrown) {
    const { name, status } = sdkErrorOf(thrown);
    if (status === 412) return "exists";
    // 409: S3 wants the whole upload anew after a conflict, if the winner did not publish the same.
    if (status === 409 || name === "NoSuchUpload") return "lost";
    throw s3Error(thrown, `complete the upload of ${key}`, spec, signal);
  }
}
