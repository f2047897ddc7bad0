import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { type Piece, inParallel, packedChunk } from "./pieces";

export const zstdLevel = 3;

/** Everything that decides a frame's bytes, but for the library's version. */
export function zstdOptions(length: number): ZstdOptions {
  return {
    params: {
      [constants.ZSTD_c_compressionLevel]: zstdLevel,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
    // Without it a frame made asynchronously does not state its size.
    pledgedSrcSize: length,
    chunkSize: packedChunk,
  };
}

const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/**
 * Frames behind one another, which every reader of zstd takes for one file: one for each piece of
 * data, and some for each run of zeros.
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

/** Of 1 GiB of zeros: 32 KiB, since no block of zstd holds more than 128 KiB of content. */
export const longestZeroFrame = 1024 * 1024 * 1024;

const blockSize = 128 * 1024;

/** Magic number, size in four bytes, window of 128 KiB, and a place for the size. */
const frameHeader = Buffer.from("28b52ffd" + "80" + "38" + "00000000", "hex");

/** The compressed block of 128 KiB of zeros: two literal zeros, and one match of all the others. */
const firstBlock = Buffer.from("54000010000001" + "00fbff39c002", "hex");

/**
 * A frame of nothing but zeros, made by RFC 8878 without a library, so it costs no time and is the
 * same in every version. It has no checksum, which would take a reader as long as real data. The
 * first block is none of a repeated byte, because the zstd program up to 1.4.3 refuses that.
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

/** Type 0 is as it is, 1 one byte repeated. */
function writeBlockHeader(
  frame: Buffer,
  at: number,
  { type, size }: { readonly type: 0 | 1; readonly size: number },
): void {
  frame.writeUIntLE((type << 1) | (size << 3), at, 3);
}
