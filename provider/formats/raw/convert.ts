import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import type { FormatOf } from "../../schema/formats";
import type { ProgressOptions } from "../../system/files/progress-options";
import { hashFile } from "../../system/files/hash";
import type { ConvertContext, Converted } from "../format";
import { checkZstd, startGzipCheck } from "./check";
import { copySparse, expandGzip, expandZstd } from "./expand";
import { gzipLevel, gzipOptions, gzipParts } from "./gzip";
import { diskPieces, pieceSize } from "./pieces";
import { writeParts } from "./write";
import { zeroFrame, zstdLevel, zstdOptions, zstdParts } from "./zstd";
import { writeFault } from "../write-fault";

type RawCompression = NonNullable<FormatOf<"raw">["compression"]>;

/** The base disk as it is, or compressed. */
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

/** Its hash costs a minute for 100 GiB of holes, so it is taken only where a target needs it. */
async function asItIs(disk: string, context: ConvertContext): Promise<Converted> {
  if (!context.remote) return { path: disk, sha256: undefined };
  return { path: disk, sha256: await hashFile(disk, reading(context)) };
}

async function toZstd(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  const sha256 = await writeParts(output, zstdParts(diskPieces(disk, reading(context))), signal);
  await checkZstd(output, (await stat(disk)).size, signal);
  return { path: output, sha256 };
}

async function toGzip(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  const check = startGzipCheck(signal);
  try {
    const parts = gzipParts(diskPieces(disk, reading(context)), check.add);
    const sha256 = await writeParts(output, parts, signal);
    await check.finish();
    return { path: output, sha256 };
  } finally {
    await check.abandon();
  }
}

export function reading({ signal, onProgress }: ConvertContext): ProgressOptions {
  return {
    signal,
    onProgress: (done, total) => onProgress((100 * done) / Math.max(total, 1)),
  };
}

/**
 * What compresses a raw disk. The library's version alone does not decide the bytes (builds of zlib
 * differ, and one build by the processor), so it ends in a digest of what it makes of a sample.
 */
export function rawEncoder(compression: RawCompression = "none"): string {
  const { zlib, zstd } = process.versions;
  switch (compression) {
    case "none":
      return "none";
    case "zstd":
      return `zstd ${zstd ?? ""} level ${zstdLevel} (${sampleDigest(
        zstdCompressSync(sample(), zstdOptions(sampleSize)),
        zeroFrame(pieceSize),
      )})`;
    case "gzip":
      return `zlib ${zlib} level ${gzipLevel} (${sampleDigest(deflateRawSync(sample(), gzipOptions))})`;
  }
}

function sampleDigest(...packed: readonly Buffer[]): string {
  const digest = createHash("sha256").update(`pieces of ${pieceSize}\n`);
  for (const bytes of packed) digest.update(bytes);
  return digest.digest("hex").slice(0, 8);
}

const sampleSize = 256 * 1024;

/** Bytes in which an encoder finds matches near and far, and literals. */
function sample(): Buffer {
  const bytes = Buffer.alloc(sampleSize);
  let state = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const back = 1 + (state >>> 16);
    const isMatch = (state & 0x1c00) !== 0 && at >= back;
    bytes[at] = isMatch ? (bytes[at - (back & 0x3ff) - 1] ?? 0) : state >>> 24;
  }
  return bytes;
}

/** How a published raw disk is compressed. */
export function rawCompressionOf(mediaType: string): RawCompression {
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

/** Gives back the sparse disk that `convertToRaw` compressed. */
export async function expandRaw(
  copy: string,
  compression: RawCompression,
  disk: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await expanders[compression](copy, disk, signal);
  } catch (thrown) {
    throw writeFault(thrown, disk, signal);
  }
}
