import { createHash } from "node:crypto";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import type { FormatOf } from "../../schema/formats";
import { gzipLevel, gzipOptions } from "./gzip";
import { pieceSize } from "./pieces";
import { zeroFrame, zstdLevel, zstdOptions } from "./zstd";

export type StreamCompression = NonNullable<FormatOf<"raw">["compression"]>;

/**
 * Name and version of the compressor of a disk's stream. The version of the library alone does not
 * decide the bytes: builds of zlib differ, and one build differs by processor. So the name ends in a
 * digest of a compressed sample.
 */
export function streamEncoder(compression: StreamCompression = "none"): string {
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

/** Sample data with near matches, far matches and literals. */
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
