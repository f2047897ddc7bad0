import { s3TargetId } from "../../schema/targets/identity";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { runChecks, type AccessFindings } from "../access";
import { abortUpload } from "./abort-uploads";
import { s3Key } from "./address";
import type { S3Connection } from "./connection";
import { bucketMissing, s3Error, sdkErrorOf } from "./errors";
import { artifactHeadersOf, storageOf } from "./object-headers";
import { headObject } from "./object-head";

/** A name like an artifact's, so that `abortStaleUploads` also removes the unfinished upload of a killed check. */
const probeName = "check-000000000000/check-000000000000.probe";

/**
 * Whether the bucket exists, and these credentials may read, list and write below the prefix. Writing is shown by an
 * upload that is begun and aborted: no object ever exists.
 */
export async function checkBucket(
  connection: S3Connection,
  signal: AbortSignal,
): Promise<AccessFindings> {
  const key = s3Key(connection.spec, probeName);
  const first = await runChecks(signal, async () => {
    const head = await headObject(connection, key, signal);
    if (head === "no-bucket") throw bucketMissing(connection.spec, "publish");
    return undefined;
  });
  // Without a bucket or credentials the other checks would only repeat the same problem.
  const [problem] = first.problems;
  if (problem !== undefined && problem.code !== "publish.denied") return first;
  const more = await runChecks(
    signal,
    () => checkList(connection, signal),
    () => checkUpload(connection, key, signal),
  );
  if (problem === undefined) return more;
  // S3 answers 403 for a missing key if the user may not list: that is the cause to correct.
  const isOnlyList = more.problems.length === 1 && isAboutList(more.problems[0]);
  return isOnlyList ? more : first;
}

const listPermission = "s3:ListBucket)";

function isAboutList(problem: StylusError | undefined): boolean {
  return problem?.details.what.includes(listPermission) === true;
}

async function checkList(connection: S3Connection, signal: AbortSignal): Promise<undefined> {
  const { spec } = connection;
  const { bucket: Bucket, prefix } = spec;
  const input = { Bucket, MaxKeys: 1, ...(prefix !== "" && { Prefix: `${prefix}/` }) };
  try {
    await connection.raw((sdk, client) =>
      client.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal }),
    );
  } catch (thrown) {
    throwIfCancelled(signal);
    const { name, status } = sdkErrorOf(thrown);
    if (status !== 403 || name !== "AccessDenied") {
      throw s3Error(thrown, "list objects", spec, signal);
    }
    throw new StylusError("publish.denied", {
      what: `These credentials may not list ${Bucket} (${listPermission}.`,
      why: `Without that permission S3 answers 403 for a missing object too, so refresh cannot detect missing files and no record is found.`,
      next: `Grant it: \`stylus-image doctor --fix --to ${s3TargetId({ ...spec, endpoint: undefined })}\` prints a policy.`,
      cause: thrown,
    });
  }
  return undefined;
}

async function checkUpload(
  connection: S3Connection,
  Key: string,
  signal: AbortSignal,
): Promise<undefined> {
  const { spec } = connection;
  try {
    const { UploadId } = await connection.raw((sdk, client) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          Bucket: spec.bucket,
          Key,
          ...storageOf(spec),
          ...artifactHeadersOf(spec),
        }),
        { abortSignal: signal },
      ),
    );
    if (UploadId !== undefined) {
      await abortUpload(connection, Key, UploadId, AbortSignal.timeout(abortLimit));
    }
  } catch (thrown) {
    throwIfCancelled(signal);
    const { name, status = 0 } = sdkErrorOf(thrown);
    // A server without multipart uploads: small artifacts can be published all the same.
    if ([404, 405, 501].includes(status) && name !== "NoSuchBucket") return undefined;
    throw s3Error(thrown, `begin an upload`, spec, signal);
  }
  return undefined;
}

/** In milliseconds; the abort also runs after a cancel. */
const abortLimit = 10_000;
