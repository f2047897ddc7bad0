/// <reference lib="es2024.arraybuffer" />
import { createHash } from "node:crypto";
import { constants, createDeflateRaw, createZstdCompress } from "node:zlib";
import { memo } from "../../base/memo";
import { KiB } from "../../base/size";
import { deflateSample, isIncompressible } from "../deflate/sample";

export type ClusterCompression = "zlib" | "zstd";

/** Compresses one cluster at a time, on libuv's thread pool. */
export interface ClusterCompressor {
  /**
   * Reads `cluster` until it resolves; the answer lies at the start of `into`, which has room for
   * `compressedBound` and is new memory unless it is given.
   */
  readonly compress: (cluster: Uint8Array, into?: Buffer) => Promise<Buffer>;
  readonly close: () => void;
}

/** What a compressed cluster takes at most: noise grows a little. */
export const compressedBound = 65 * KiB;

/**
 * Pinned, for the bytes depend on them. QEMU inflates with a window of 4 KiB. Node's zlib looks for
 * matches from four bytes on, where QEMU's finds those of three: level 7 with short blocks makes up
 * for it, and still takes two thirds of the processor time of QEMU's level 6.
 */
const deflateOptions = { level: 7, memLevel: 7, windowBits: 12 };
/**
 * One below QEMU's own: no larger than what `qemu-img convert -W` makes, and a tenth of the processor time less. Who
 * takes zstd takes it for speed.
 */
const zstdLevel = 2;

/**
 * One stream for all clusters, each write a whole frame of its own: setting up an encoder for each
 * (`zlib.deflateRaw`, `zlib.zstdCompress`) costs a fifth of the time for zlib. For zstd it costs
 * three quarters: that function ends the frame in a second call, so that the encoder takes the
 * cluster for the beginning of something large, and clears tables for it. The bytes do not
 * depend on what the stream compressed before.
 */
export function clusterCompressor(compression: ClusterCompression): ClusterCompressor {
  const chunkSize = 512 * KiB;
  const { reset, stream } = compression === "zlib" ? deflater(chunkSize) : zstd(chunkSize);
  let parts: Buffer[] = [];
  let fail: ((error: Error) => void) | undefined;
  stream.on("data", (part: Buffer) => parts.push(part));
  // An encoder that fails does not call back.
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
 * Frees memory that a stream has filled and will not use again. Left to the collector, it keeps a core
 * busy for an eighth of the time with zstd. Memory of another size is Node's pool, which others use.
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
  // The next write begins the next frame by itself.
  return { stream, reset: () => undefined };
}

const names = memo<Promise<string>>();

/**
 * What decides the bytes: name, version, level, and the digest of a compressed sample, since they
 * depend on the build of the library, and with zlib on the processor.
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
