import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { inParallel } from "./raw-parallel";
import { pieceSize, type Piece } from "./raw-pieces";

export const zstdLevel = 3;

/** Everything that decides a frame's bytes, but for the library's version. */
export const zstdOptions: ZstdOptions = {
  params: {
    [constants.ZSTD_c_compressionLevel]: zstdLevel,
    [constants.ZSTD_c_contentSizeFlag]: 1,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
  // A frame comes out in one go instead of 16 KiB at a time.
  chunkSize: pieceSize,
};

const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/**
 * Frames behind one another, which every reader of zstd takes for one file: one for each piece of
 * data, and some for each run of zeros.
 */
export async function* zstdParts(pieces: AsyncGenerator<Piece>): AsyncGenerator<Buffer> {
  const packed = inParallel(pieces, async (piece) =>
    piece.kind === "zeros" ? piece : compress(piece.bytes, zstdOptions),
  );
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

/** The compressed block of 128 KiB of zeros: two literal zeros, and one match of all the others. */
const firstBlock = Buffer.from("54000010000001" + "00fbff39c002", "hex");

/**
 * A frame of nothing but zeros, made by RFC 8878 without a library, so it costs no time and is the
 * same in every version. It has no checksum, which would take a reader as long as real data. The
 * first block is none of a repeated byte, because the zstd program up to 1.4.3 refuses that.
 */
export function zeroFrame(length: number): Buffer {
  const header = Buffer.from("28b52ffd" + "80" + "38" + "00000000", "hex");
  header.writeUInt32LE(length, 6);
  const parts = [header];
  for (let at = 0; at < length; at += blockSize) {
    const size = Math.min(blockSize, length - at);
    const isLast = at + size === length ? 1 : 0;
    if (at > 0) {
      parts.push(blockHeader(isLast, 1, size), Buffer.alloc(1));
    } else if (size === blockSize) {
      const block = Buffer.from(firstBlock);
      block.writeUInt8(block.readUInt8(0) | isLast, 0);
      parts.push(block);
    } else {
      parts.push(blockHeader(isLast, 0, size), Buffer.alloc(size));
    }
  }
  return Buffer.concat(parts);
}

function blockHeader(isLast: 0 | 1, type: 0 | 1, size: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE(isLast | (type << 1) | (size << 3), 0, 3);
  return header;
}
