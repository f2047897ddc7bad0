import { s3TargetId } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import type { PublishedFile } from "../../schema/state";
import { fileError, systemCode } from "../../system/files/errors";
import { type PartSource, withPartSource } from "../part-source";
import { localSha256 } from "../local-sha256";
import { bucketMissing } from "./errors";
import { s3Key, s3Uri } from "./address";
import { type S3Connection, urlFrom } from "./connection";
import { watchBody } from "./request-handler";
import { artifactHeadersOf, storageOf } from "./object-headers";
import { type Content, difference, headObject, metadataOf } from "./object-head";
import { createObject, deleteObject } from "./object-write";
import { multipartUpload } from "./multipart";
import { partSizeFor, partsOf } from "./parts";
import { abortUploads } from "./abort-uploads";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";

/** Attempts while concurrent programs abort or complete our uploads. */
const maxUploads = 5;

/** Publishes an object under its final key, or reuses an identical existing object. */
export async function publishToS3(
  connection: S3Connection,
  artifact: LocalFile,
  options: ProgressOptions,
): Promise<PublishedFile> {
  const { spec } = connection;
  const { sizeBytes, mediaType, artifactKey } = artifact;
  const key = s3Key(spec, artifact.name);
  const sha256 = await localSha256(artifact, options.signal);
  const content: Content = { artifactKey, sha256, sizeBytes };
  if (!(await isPublished(connection, key, content, options.signal))) {
    await send(connection, key, artifact, content, options).catch(async (thrown: unknown) => {
      // A server may close the connection before the whole body is sent, so that its response is lost: perhaps
      // another program has just published the same artifact.
      const isResponseLost = thrown instanceof StylusError && thrown.code === "publish.unreachable";
      if (isResponseLost && (await isPublished(connection, key, content, options.signal))) return;
      throw thrown;
    });
  }
  options.onProgress(sizeBytes, sizeBytes);
  const uri = s3Uri(spec, key);
  const url = await urlFrom(connection, { uri, url: "" }, options.signal);
  return { target: s3TargetId(spec), uri, url, sizeBytes, sha256, mediaType, artifactKey };
}

/** Whether this content is published. Any other object under the key is an error. */
async function isPublished(
  connection: S3Connection,
  key: string,
  content: Content,
  signal: AbortSignal,
): Promise<boolean> {
  const head = await headObject(connection, key, signal);
  if (head === "no-bucket") throw bucketMissing(connection.spec, `publish ${key}`);
  if (head === "no-object") return false;
  const why = difference(head, content);
  if (why === undefined) return true;
  const uri = s3Uri(connection.spec, key);
  throw new StylusError("publish.name-taken", {
    what: `${uri} already exists with other content.`,
    why: `${why} Objects that this program did not write are never overwritten.`,
    next: `Move it elsewhere (\`aws s3 mv ${uri} ...\`), or publish under another prefix.`,
  });
}

async function send(
  connection: S3Connection,
  key: string,
  artifact: LocalFile,
  content: Content,
  options: ProgressOptions,
): Promise<void> {
  try {
    await withPartSource(artifact, options.signal, (source) => {
      const partSize = partSizeFor(artifact.sizeBytes, connection.spec.partSize);
      return artifact.sizeBytes <= partSize
        ? sendWhole(connection, key, artifact, content, source, options)
        : sendInParts(connection, key, artifact, content, source, partSize, options);
    });
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    throw fileError(thrown, `read ${artifact.path}`, options.signal);
  }
}

async function sendWhole(
  connection: S3Connection,
  key: string,
  artifact: LocalFile,
  content: Content,
  source: PartSource,
  { signal, onProgress }: ProgressOptions,
): Promise<void> {
  const { spec } = connection;
  const bytes = await source.read({ offset: 0, length: artifact.sizeBytes });
  await source.verifyUnchanged();
  watchBody(bytes, (sentBytes) => onProgress(sentBytes, artifact.sizeBytes));
  const input = {
    Key: key,
    Body: bytes,
    ContentType: artifact.mediaType,
    Metadata: metadataOf(content),
    ...storageOf(spec),
    ...artifactHeadersOf(spec),
  };
  await createObject(connection, input, signal);
  if (!(await isPublished(connection, key, content, signal))) throw vanished(connection, key);
}

async function sendInParts(
  connection: S3Connection,
  key: string,
  artifact: LocalFile,
  content: Content,
  source: PartSource,
  partSize: number,
  options: ProgressOptions,
): Promise<void> {
  const { signal } = options;
  const parts = partsOf(artifact.sizeBytes, partSize);
  const job = { key, content, mediaType: artifact.mediaType, parts, source };
  let resume: "resume" | "fresh" = "resume";
  for (let uploads = 1; uploads <= maxUploads; uploads += 1) {
    const outcome = await multipartUpload(connection, job, resume, options);
    if (outcome === "created" && resume === "resume") {
      const head = await headObject(connection, key, signal);
      if (typeof head === "object" && difference(head, content) !== undefined) {
        // The resumed upload was begun with the metadata of other content. The object is ours, because its key was free.
        await deleteObject(connection, key, signal);
        resume = "fresh";
        continue;
      }
    }
    // The key exists now, so other uploads to it can never be completed.
    if (outcome !== "lost") await abortUploads(connection, key, signal);
    if (await isPublished(connection, key, content, signal)) return;
  }
  throw vanished(connection, key);
}

function vanished(connection: S3Connection, key: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${s3Uri(connection.spec, key)} does not exist although the server accepted it.`,
    why: "Another program removes the object or aborts our uploads, or the server is not consistent.",
    next: "Check lifecycle rules and other programs that clean this prefix, then run again.",
  });
}
