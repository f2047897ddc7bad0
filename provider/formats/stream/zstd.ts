import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { type Piece, inParallel, packedChunk } from "./pieces";

export const zstdLevel = 3;

/** All options that decide the bytes of a frame, apart from the library's version. */
export function zstdOptions(length: number): ZstdOptions {
  return {
    params: {
      [constants.ZSTD_c_compressionLevel]: zstdLevel,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
    // Without it, an asynchronously compressed frame does not state its content size.
    pledgedSrcSize: length,
    chunkSize: packedChunk,
  };
}

const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/**
 * Concatenated frames, which every zstd reader takes for one file: one frame per piece of data, and
 * frames of zeros.
 */
export async function* zstdParts(pieces: AsyncGenerator<Piece>): AsyncGenerator<Buffer> {
  const packed = inParallel(pieces, async (piece) => {
    if (piece.kind === "zeros") return piece;
    const frame = await compress(piece.bytes, zstdOptions(piece.bytes.length));
    piece.release?.();
    return frame;
  });
  for await (const part of packed) {
    if (part instanceof Buffer) {
      yield part;
      continue;
    }
    for (let left = part.length; left > 0; left -= longestZeroFrame) {
      yield zeroFrame(Math.min(left, longestZeroFrame));
    }
  }
}

/** In bytes. The frame takes 32 KiB, because a zstd block contains at most 128 KiB. */
export const longestZeroFrame = 1024 * 1024 * 1024;

const blockSize = 128 * 1024;

/**
 * Magic number, descriptor (content size in four bytes), window of 128 KiB, and the content size,
 * filled in later.
 */
const frameHeader = Buffer.from("28b52ffd" + "80" + "38" + "00000000", "hex");

/** The compressed block of 128 KiB of zeros: two literal zeros and one match for the rest. */
const firstBlock = Buffer.from("54000010000001" + "00fbff39c002", "hex");

/**
 * A frame of zeros, composed by RFC 8878 without the library: it takes no CPU time and is the same
 * in every version. It has no checksum, because a reader would need as long for it as for real
 * data. The first block is not an RLE block: the zstd program up to 1.4.3 rejects that.
 */
export function zeroFrame(length: number): Buffer {
  const isShort = length < blockSize;
  const first = isShort ? Buffer.alloc(3 + length) : Buffer.from(firstBlock);
  if (isShort) writeBlockHeader(first, 0, { type: 0, size: length });
  const repeated = isShort ? 0 : Math.ceil(length / blockSize) - 1;
  const frame = Buffer.alloc(frameHeader.length + first.length + 4 * repeated);
  frameHeader.copy(frame, 0);
  frame.writeUInt32LE(length, 6);
  first.copy(frame, frameHeader.length);
  let last = frameHeader.length;
  for (let block = 1; block <= repeated; block += 1) {
    last = frame.length - 4 * (repeated - block + 1);
    const size = Math.min(blockSize, length - block * blockSize);
    writeBlockHeader(frame, last, { type: 1, size });
  }
  frame.writeUInt8(frame.readUInt8(last) | 1, last);
  return frame;
}

/** Type 0 is a raw block, type 1 an RLE block. */
function writeBlockHeader(
  frame: Buffer,
  at: number,
  { type, size }: { readonly type: 0 | 1; readonly size: number },
): void {
  frame.writeUIntLE((type << 1) | (size << 3), at, 3);
}
