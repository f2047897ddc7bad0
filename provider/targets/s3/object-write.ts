import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { pause } from "../../base/cancellation";
import type { S3Connection } from "./connection";
import { s3Error, sdkErrorOf } from "./errors";
import { missingPart } from "./object-head";

interface CreateOutcome {
  readonly outcome: "created" | "exists";
  /** With more than one attempt, an earlier one may have created the object that "exists". */
  readonly attempts: number;
}

/** How often a write is repeated after a conflict (409). */
const maxConflicts = 20;

/** Creates an object unless its key exists; atomic against other programs. */
export async function createObject(
  connection: S3Connection,
  input: Omit<PutObjectCommandInput, "Bucket" | "IfNoneMatch"> & { readonly Key: string },
  signal: AbortSignal,
): Promise<CreateOutcome> {
  const { spec } = connection;
  let attempts = 0;
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      const answer = await connection.raw((sdk, client) =>
        client.send(new sdk.PutObjectCommand({ Bucket: spec.bucket, IfNoneMatch: "*", ...input }), {
          abortSignal: signal,
        }),
      );
      attempts += answer.$metadata.attempts ?? 1;
      return { outcome: "created", attempts };
    } catch (thrown) {
      const answer = sdkErrorOf(thrown);
      attempts += answer.attempts;
      if (answer.status === 412) return { outcome: "exists", attempts };
      // 409: another write to the same key is in progress.
      if (answer.status !== 409 || conflicts === maxConflicts) {
        throw s3Error(thrown, `write ${input.Key}`, spec, signal);
      }
      await pause(100 + 400 * Math.random(), signal);
    }
  }
}

export async function deleteObject(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const { spec } = connection;
  try {
    await connection.raw((sdk, client) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: spec.bucket, Key: key }), {
        abortSignal: signal,
      }),
    );
  } catch (thrown) {
    // A missing object or bucket is not an error.
    if (missingPart(thrown) === undefined) throw s3Error(thrown, `remove ${key}`, spec, signal);
  }
}
