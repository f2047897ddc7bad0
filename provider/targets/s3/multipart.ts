import type { ProgressOptions } from "../../system/files/progress-options";
import type { S3Connection } from "./connection";
import { s3Error, sdkErrorOf } from "./errors";
import { artifactHeadersOf, storageOf } from "./object-headers";
import { type Content, metadataOf } from "./object-head";
import { findResumable, type SentPart, type Upload } from "./resume-upload";
import { type PartsToSend, sendParts } from "./send-parts";

interface MultipartJob extends PartsToSend {
  readonly content: Content;
  readonly mediaType: string;
}

/** `lost`: the upload no longer exists, or another write to the key conflicts; that write may be the same artifact. */
type MultipartOutcome = "created" | "exists" | "lost";

/** Sends the missing parts and completes the upload. After an abort, the next run resumes the upload. */
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
    // 409: after a conflict S3 requires a new upload.
    if (status === 409 || name === "NoSuchUpload") return "lost";
    throw s3Error(thrown, `complete the upload of ${key}`, spec, signal);
  }
}
