/// <reference lib="es2024.arraybuffer" />
import { createHash } from "node:crypto";
import { constants, createDeflateRaw, createZstdCompress } from "node:zlib";
import { memo } from "../../base/memo";
import { KiB } from "../../base/size";
import { deflateSample, isIncompressible } from "../deflate/sample";

export type ClusterCompression = "zlib" | "zstd";

/** Compresses one cluster at a time in libuv's thread pool. */
export interface ClusterCompressor {
  /**
   * Compresses `cluster` into the beginning of `into` (at least `compressedBound` bytes; by default
   * a new buffer) and returns that part. The caller must not touch `cluster` before that.
   */
  readonly compress: (cluster: Uint8Array, into?: Buffer) => Promise<Buffer>;
  readonly close: () => void;
}

/** Largest size of a compressed cluster in bytes: incompressible data grows a little. */
export const compressedBound = 65 * KiB;

/**
 * Fixed, because the options decide the bytes. QEMU inflates with a window of 4 KiB. Node's zlib
 * finds matches of four bytes or more, QEMU's of three: level 7 with short blocks compensates for
 * that and still takes two thirds of the CPU time of QEMU's level 6.
 */
const deflateOptions = { level: 7, memLevel: 7, windowBits: 12 };
/**
 * One below QEMU's own level: no larger than the output of `qemu-img convert -W`, for a tenth less
 * CPU time. Users choose zstd for speed.
 */
const zstdLevel = 2;

/**
 * Compresses all clusters by one stream, each as a frame of its own. A new encoder per cluster
 * (`zlib.deflateRaw`, `zlib.zstdCompress`) costs a fifth of the time with zlib, and three quarters
 * with zstd: `zstdCompress` ends the frame in a second call, so the encoder prepares its tables for
 * a large input. The bytes do not depend on earlier clusters.
 */
export function clusterCompressor(compression: ClusterCompression): ClusterCompressor {
  const chunkSize = 512 * KiB;
  const { reset, stream } = compression === "zlib" ? deflater(chunkSize) : zstd(chunkSize);
  let parts: Buffer[] = [];
  let fail: ((error: Error) => void) | undefined;
  stream.on("data", (part: Buffer) => parts.push(part));
  // After an error, the stream does not call the write's callback.
  stream.on("error", (error) => fail?.(error));
  let filled: ArrayBufferLike | undefined;
  const takeParts = (into: Buffer): Buffer => {
    const frame = parts;
    parts = [];
    if (frame.length === 0 || stream.readableLength > 0) {
      throw new Error(`${compression} gave back a part of a cluster`);
    }
    let length = 0;
    for (const part of frame) {
      if (part.length > into.length - length) throw new Error("a compressed cluster is too long");
      into.set(part, length);
      length += part.length;
      if (filled !== part.buffer) free(filled, chunkSize);
      filled = part.buffer;
    }
    return into.subarray(0, length);
  };
  const compress = async (cluster: Uint8Array, into: Buffer = Buffer.alloc(compressedBound)) => {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      stream.write(cluster, (error) => {
        if (error == null) resolve();
        else reject(error);
      });
    });
    const frame = takeParts(into);
    reset();
    return frame;
  };
  return { compress, close: () => stream.destroy() };
}

/**
 * Frees a buffer that a stream has filled and will not use again. Left to the garbage collector,
 * these buffers keep a core busy for an eighth of the time with zstd. A buffer of another size
 * belongs to Node's shared pool.
 */
function free(memory: ArrayBufferLike | undefined, chunkSize: number): void {
  if (memory instanceof ArrayBuffer && memory.byteLength === chunkSize) memory.transfer(0);
}

function deflater(chunkSize: number) {
  const stream = createDeflateRaw({ ...deflateOptions, chunkSize, flush: constants.Z_FINISH });
  return { stream, reset: () => stream.reset() };
}

function zstd(chunkSize: number) {
  const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel };
  const stream = createZstdCompress({ params, chunkSize, flush: constants.ZSTD_e_end });
  // The next write starts a new frame without a reset.
  return { stream, reset: () => undefined };
}

const names = memo<Promise<string>>();

/**
 * Identifies the bytes that a compressor writes: name, version, level, and the digest of a
 * compressed sample. The bytes depend on the build of the library, and with zlib also on the
 * processor.
 */
export function compressorName(compression: ClusterCompression): Promise<string> {
  return names.get(compression, () => tryCompressor(compression));
}

async function tryCompressor(compression: ClusterCompression): Promise<string> {
  const compressor = clusterCompressor(compression);
  try {
    const digest = createHash("sha256");
    for (const block of deflateSample()) {
      digest.update(isIncompressible(block) ? block : await compressor.compress(block));
    }
    const level = compression === "zlib" ? deflateOptions.level : zstdLevel;
    const version = process.versions[compression] ?? "of unknown version";
    return `${compression} ${version} level ${level} (${digest.digest("hex").slice(0, 8)})`;
  } finally {
    compressor.close();
  }
}
