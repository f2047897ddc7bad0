import type { Part as ServerPart } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import type { PartSource } from "../part-source";
import type { S3Connection } from "./connection";
import { listParts, listUploads } from "./list-uploads";
import type { Part } from "./parts";

/** A part that the server has. */
export interface SentPart {
  readonly number: number;
  readonly etag: string;
  readonly sha256: string | undefined;
}

/** An unfinished multipart upload. */
export interface Upload {
  readonly id: string;
  readonly sent: readonly SentPart[];
}

/**
 * Finds the unfinished upload to this key with the most parts, all of them equal to the local file. S3 does not return
 * an upload's metadata, so the parts are compared here, and the metadata after completion.
 */
export async function findResumable(
  connection: S3Connection,
  key: string,
  parts: readonly Part[],
  source: PartSource,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  let best: Upload | undefined;
  for (const id of await listUploads(connection, key, signal)) {
    const onServer = await listParts(connection, key, id, signal);
    if (onServer === undefined || onServer.length <= (best?.sent.length ?? 0)) continue;
    const sent = await matchingParts(connection, onServer, parts, source);
    if (sent !== undefined) best = { id, sent };
  }
  return best;
}

/** The parts on the server, if all of them are equal to the local file; otherwise undefined. */
async function matchingParts(
  { spec }: S3Connection,
  onServer: readonly ServerPart[],
  parts: readonly Part[],
  source: PartSource,
): Promise<readonly SentPart[] | undefined> {
  const sent: SentPart[] = [];
  for (const {
    PartNumber: number = 0,
    Size: size,
    ETag: etag,
    ChecksumSHA256: sha256,
  } of onServer) {
    const part = parts[number - 1];
    if (part === undefined || size !== part.length || etag === undefined) return undefined;
    // An upload with checksums requires them for every part; one without does not accept any.
    if ((spec.checksums === "auto") !== (sha256 !== undefined)) return undefined;
    const bytes = await source.read(part);
    const same =
      sha256 === undefined
        ? // An ETag is the MD5 of the part, except with a KMS key; such an upload is not resumed.
          md5Hex(bytes) === etag.replaceAll('"', "")
        : sha256Of(bytes).toString("base64") === sha256;
    if (!same) return undefined;
    sent.push({ number, etag, sha256 });
  }
  return sent;
}

export function sha256Of(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function md5Hex(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
