import { s3TargetId } from "../../schema/targets/identity";
import { randomUUID } from "node:crypto";
import { s3Key } from "./address";
import type { S3Connection } from "./connection";
import { s3Error } from "./errors";
import { headObject, missingPart } from "./object-head";
import { storageOf } from "./object-headers";
import { createObject, deleteObject } from "./object-write";
import type { RecordStore } from "../record-store";

const attemptName = "stylus-attempt";

/** Records as small objects, created atomically by S3's conditional writes. */
export function s3Records(connection: S3Connection): RecordStore {
  const { spec } = connection;
  return {
    id: s3TargetId(spec),
    async read(path, signal) {
      try {
        return await connection.raw(async (sdk, client) => {
          const input = { Bucket: spec.bucket, Key: s3Key(spec, path) };
          const answer = await client.send(new sdk.GetObjectCommand(input), {
            abortSignal: signal,
          });
          return answer.Body?.transformToString("utf-8");
        });
      } catch (thrown) {
        // A missing bucket has no records; writing to it fails.
        if (missingPart(thrown) !== undefined) return undefined;
        throw s3Error(thrown, `read the record ${path}`, spec, signal);
      }
    },
    async create(path, text, signal) {
      const attempt = randomUUID();
      const key = s3Key(spec, path);
      const { outcome, attempts } = await createObject(
        connection,
        {
          Key: key,
          Body: Buffer.from(text),
          ContentType: "application/json",
          Metadata: { "stylus-image": "record", [attemptName]: attempt },
          ...storageOf(spec),
        },
        signal,
      );
      if (outcome === "created" || attempts === 1) return outcome;
      // The existing object may be our own, from an earlier attempt whose response was lost.
      const head = await headObject(connection, key, signal);
      const ours = typeof head === "object" && head.metadata[attemptName] === attempt;
      return ours ? "created" : "exists";
    },
    async list(prefix, signal, atMost = Infinity) {
      try {
        return await listKeys(connection, s3Key(spec, prefix), atMost, signal);
      } catch (thrown) {
        if (missingPart(thrown) !== undefined) return [];
        throw s3Error(thrown, `list the records below ${prefix}`, spec, signal);
      }
    },
    remove: (path, signal) => deleteObject(connection, s3Key(spec, path), signal),
  };
}

/** The most keys that S3 returns in one response. */
const pageSize = 1000;

async function listKeys(
  connection: S3Connection,
  prefix: string,
  atMost: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { spec } = connection;
  const rootLength = s3Key(spec, "").length;
  const paths: string[] = [];
  let token: string | undefined;
  do {
    const page = await connection.raw((sdk, client) =>
      client.send(
        new sdk.ListObjectsV2Command({
          Bucket: spec.bucket,
          Prefix: prefix,
          MaxKeys: Math.min(pageSize, atMost),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal: signal },
      ),
    );
    for (const { Key: key } of page.Contents ?? []) {
      if (key !== undefined) paths.push(key.slice(rootLength));
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined && paths.length < atMost);
  return paths;
}
