import { stat } from "node:fs/promises";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import type { ConvertContext, Converted } from "../format";
import { checkZstd, startGzipCheck } from "../stream/check";
import { copySparse, expandGzip, expandZstd } from "../stream/expand";
import { gzipParts } from "../stream/gzip";
import { diskPieces } from "../stream/pieces";
import { writeParts } from "../stream/write";
import type { StreamCompression } from "../stream/encoder";
import { readOptions } from "../stream/read-options";
import { zstdParts } from "../stream/zstd";
import { writeError } from "../write-error";

/** Publishes the base disk as it is, or compressed. */
export async function convertToRaw(
  disk: string,
  { compression = "none" }: FormatOf<"raw">,
  context: ConvertContext,
): Promise<Converted> {
  switch (compression) {
    case "none":
      return asItIs(disk, context);
    case "zstd":
      return toZstd(disk, context);
    case "gzip":
      return toGzip(disk, context);
  }
}

/** Hashing 100 GiB of holes takes a minute, so the hash is taken only if a target needs it. */
async function asItIs(disk: string, context: ConvertContext): Promise<Converted> {
  if (!context.remote) return { path: disk, sha256: undefined };
  return { path: disk, sha256: await hashFile(disk, readOptions(context)) };
}

async function toZstd(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  const sha256 = await writeParts(
    output,
    zstdParts(diskPieces(disk, readOptions(context))),
    signal,
  );
  await checkZstd(output, (await stat(disk)).size, signal);
  return { path: output, sha256 };
}

async function toGzip(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  const check = startGzipCheck(signal);
  try {
    const parts = gzipParts(diskPieces(disk, readOptions(context)), check.add);
    const sha256 = await writeParts(output, parts, signal);
    await check.finish();
    return { path: output, sha256 };
  } finally {
    await check.abandon();
  }
}

/** Compression of a published raw disk, by its media type. */
export function rawCompressionOf(mediaType: string): StreamCompression {
  switch (mediaType) {
    case "application/zstd":
      return "zstd";
    case "application/gzip":
      return "gzip";
    default:
      return "none";
  }
}

const expanders = { none: copySparse, zstd: expandZstd, gzip: expandGzip } as const;

/** Restores the sparse disk that `convertToRaw` compressed. */
export async function expandRaw(
  copy: string,
  compression: StreamCompression,
  disk: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await expanders[compression](copy, disk, signal);
  } catch (thrown) {
    throw writeError(thrown, disk, signal);
  }
}
