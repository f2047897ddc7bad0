import { s3TargetId } from "../../schema/targets/identity";
import { lazy } from "../../base/memo";
import type { Publication, PublishedFile } from "../../schema/state";
import type { S3TargetSpec } from "../../schema/targets/s3";
import { orUnreachable, presentOrAltered } from "../find-result";
import type { FindResult } from "../find-result";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";
import { absentResult, alteredResult, removedResult, type RemoveResult } from "../remove-result";
import type { RecordingTarget } from "../target";
import { s3KeyOfUri, s3UriHere } from "./address";
import { checkBucket } from "./check-access";
import { type S3Connection, connectS3, urlFrom } from "./connection";
import { difference, headObject, isArtifactOf } from "./object-head";
import { deleteObject } from "./object-write";
import { publishToS3 } from "./publish";
import { s3Place } from "./place";
import { s3Records } from "./records";
import { retrieveFromS3 } from "./retrieve";
import { abortStaleUploads, abortUploads } from "./abort-uploads";

/** A bucket of S3 or of a server with an S3 API. */
export function s3Target(spec: S3TargetSpec): RecordingTarget {
  const connection = connectS3(spec);
  const records = s3Records(connection);
  /** Once per target, however many artifacts are published or removed. */
  const sweepOnce = lazy((signal: AbortSignal) => abortStaleUploads(connection, signal));
  const publish = async (file: LocalFile, options: ProgressOptions) => {
    const published = await publishToS3(connection, file, options);
    await sweepOnce(options.signal);
    return published;
  };
  const remove = async (file: PublishedFile, signal: AbortSignal) => {
    const result = await removeFromS3(connection, file, signal);
    await sweepOnce(signal);
    return result;
  };
  return {
    id: s3TargetId(spec),
    capabilities: {
      records,
      place: s3Place(spec, records),
      files: { publish, remove },
      addresses: {
        addressOf: async (file, signal) => {
          const here = { ...file, uri: s3UriHere(spec, file.uri) };
          return { uri: here.uri, url: await urlFrom(connection, here, signal) };
        },
      },
    },
    checkAccess: (_needs, signal) => checkBucket(connection, signal),
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
 * Looks for a publication. Only a 404 means absent, including that of a missing bucket. A 403 does not: without
 * s3:ListBucket, S3 answers 403 for a missing key too.
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

/** Removes our object and its unfinished uploads. A foreign object under the key stays. */
async function removeFromS3(
  connection: S3Connection,
  publication: PublishedFile,
  signal: AbortSignal,
): Promise<RemoveResult> {
  const key = s3KeyOfUri(connection.spec, publication.uri);
  const head = await headObject(connection, key, signal);
  const isOurs = typeof head === "object" && isArtifactOf(head, publication.artifactKey);
  if (isOurs) await deleteObject(connection, key, signal);
  await abortUploads(connection, key, signal);
  if (isOurs) return removedResult;
  return typeof head === "string" ? absentResult : alteredResult(publication.uri);
}
