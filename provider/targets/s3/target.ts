import { Readable } from "node:stream";
import { lazy } from "../../base/memo";
import { StylusError } from "../../base/errors";
import type { Publication, PublishedFile } from "../../schema/state";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { downloadPublication } from "../download";
import { orUnreachable, presentOrAltered } from "../find-result";
import type { FindResult } from "../find-result";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";
import type { RecordingTarget } from "../target";
import { s3KeyOfUri, s3TargetId } from "./address";
import { type S3Connection, connectS3, urlFrom } from "./connection";
import { s3Error } from "./errors";
import { deleteObject, difference, headObject, isArtifactOf } from "./object";
import { publishToS3 } from "./publish";
import { s3Records } from "./records";
import { abortStaleUploads, abortUploads } from "./uploads";

async function downloadObject(
  connection: S3Connection,
  key: string,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const source = {
    open: (start: number) => bytesFrom(connection, key, start, options.signal),
    errorOf: (thrown: unknown) =>
      s3Error(thrown, `download ${key}`, connection.spec, options.signal),
  };
  await downloadPublication(source, publication, path, options);
}

async function* bytesFrom(
  connection: S3Connection,
  key: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { spec } = connection;
  const input = { Bucket: spec.bucket, Key: key, Range: `bytes=${start}-` };
  const answer = await connection.call(`download ${key}`, signal, (sdk, client) =>
    client.send(new sdk.GetObjectCommand(input), { abortSignal: signal }),
  );
  if (!(answer.Body instanceof Readable)) throw new Error("the server sent no body");
  yield* answer.Body as AsyncIterable<Buffer>;
}

/** A bucket of S3, or of a server that speaks its protocol. */
export function s3Target(spec: S3TargetSpec): RecordingTarget {
  const connection = connectS3(spec);
  /** Once, however many images and formats this target gets or gives up. */
  const sweepOnce = lazy((signal: AbortSignal) => abortStaleUploads(connection, signal));
  const publish = async (file: LocalFile, options: ProgressOptions) => {
    const published = await publishToS3(connection, file, options);
    await sweepOnce(options.signal);
    return published;
  };
  const remove = async (file: PublishedFile, signal: AbortSignal) => {
    await removeFromS3(connection, file, signal);
    await sweepOnce(signal);
  };
  return {
    id: s3TargetId(spec),
    capabilities: {
      records: s3Records(connection),
      files: { publish, remove },
      urls: { urlOf: (file) => urlFrom(connection, file) },
    },
    find: (publication, signal) => findInS3(connection, publication, signal),
    publish: async (artifact, options) => ({
      format: artifact.format,
      ...(await publish(artifact, options)),
    }),
    remove,
    retrieve: (publication, path, options) =>
      retrieveFromS3(connection, publication, path, options),
  };
}

/**
 * Whether a publication is there. Only a 404 means absent, also that of a missing bucket: with it
 * everything in it is gone for good. A 403 proves nothing: without s3:ListBucket it is S3's answer
 * to a key that does not exist as well.
 */
async function findInS3(
  connection: S3Connection,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const key = s3KeyOfUri(connection.spec, publication.uri);
  return orUnreachable(signal, async () => {
    const head = await headObject(connection, key, signal);
    if (typeof head === "string") return { state: "absent" };
    return presentOrAltered(publication, difference(head, publication));
  });
}

/** Removes our object and what is left of its uploads. What others put under its key stays. */
async function removeFromS3(
  connection: S3Connection,
  publication: PublishedFile,
  signal: AbortSignal,
): Promise<void> {
  const key = s3KeyOfUri(connection.spec, publication.uri);
  const head = await headObject(connection, key, signal);
  if (typeof head === "object" && isArtifactOf(head, publication.artifactKey)) {
    await deleteObject(connection, key, signal);
  }
  await abortUploads(connection, key, signal);
}

async function retrieveFromS3(
  connection: S3Connection,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const key = s3KeyOfUri(connection.spec, publication.uri);
  const head = await headObject(connection, key, options.signal);
  const gone = typeof head === "string";
  const why = gone ? "It is not there." : difference(head, publication);
  if (why !== undefined) {
    throw new StylusError(gone ? "publish.not-found" : "publish.failed", {
      what: `${publication.uri} cannot be used as a source.`,
      why,
      next: "Restore the object, or run the build again, which makes it anew.",
    });
  }
  await downloadObject(connection, key, publication, path, options);
}
