import { promisify } from "node:util";
import { type ZlibOptions, constants, crc32, deflateRaw, deflateRawSync } from "node:zlib";
import { lazy } from "../../base/memo";
import { type Piece, inParallel, packedChunk, pieceSize } from "./pieces";

/** The polynomial of CRC-32 (RFC 1952), bit-reversed. */
const polynomial = 0xedb88320;
const one = 0x80000000;
const x8 = 0x00800000;

/** The product of two polynomials over GF(2), modulo the polynomial of CRC-32. */
function multiply(left: number, right: number): number {
  let product = 0;
  let factor = right;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= factor;
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ polynomial;
  }
  return product >>> 0;
}

/** Factor of a CRC-32 that is followed by `length` bytes: x to the power of 8 * length. */
export function crc32Shift(length: number): number {
  let power = one;
  let square = x8;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/**
 * The CRC-32 of two concatenated parts, from the CRC of each and the shift by the length of the
 * second.
 */
export function crc32Join(first: number, second: number, shift: number): number {
  return (multiply(first, shift) ^ second) >>> 0;
}

/** 1.5 % larger than level 6, in three quarters of its time. */
export const gzipLevel = 5;

export const gzipOptions: ZlibOptions = {
  level: gzipLevel,
  // Ends on a byte boundary without ending the stream, so that the next part can follow.
  finishFlush: constants.Z_SYNC_FLUSH,
  chunkSize: packedChunk,
};

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Method deflate, no name, time 0, unknown system (RFC 1952). */
export const gzipHeader: Buffer = Buffer.from("1f8b08000000000000ff", "hex");

/** Deflated bytes that end on a byte boundary and do not refer to earlier bytes. */
export interface Segment {
  readonly packed: Buffer;
  readonly length: number;
  readonly crc: number;
}

/**
 * The parts of a gzip file with one member, because some readers stop after the first member. Each
 * piece of data is deflated on its own. A run of zeros consists of segments that are made once.
 * Deflate's best ratio is 1 : 1032, so 100 GiB of zeros take 104 MB.
 */
export async function* gzipParts(
  pieces: AsyncGenerator<Piece>,
  onData: (segment: Segment) => Promise<void> = () => Promise.resolve(),
): AsyncGenerator<Buffer> {
  yield gzipHeader;
  const sum = new GzipSum();
  const packed = inParallel(pieces, async (piece) => {
    if (piece.kind === "zeros") return piece;
    const segment = await deflated(piece.bytes);
    piece.release?.();
    return segment;
  });
  for await (const part of packed) {
    if ("kind" in part) {
      for (const segment of zeroSegments(part.length)) {
        sum.add(segment);
        yield segment.packed;
      }
    } else {
      sum.add(part);
      await onData(part);
      yield part.packed;
    }
  }
  yield sum.trailer();
}

async function deflated(bytes: Buffer): Promise<Segment> {
  return { packed: await compress(bytes, gzipOptions), length: bytes.length, crc: crc32(bytes) };
}

const longZeros = lazy(() => deflatedZeros(pieceSize));

function* zeroSegments(length: number): Generator<Segment> {
  for (let left = length; left > 0; left -= pieceSize) {
    yield left >= pieceSize ? longZeros() : deflatedZeros(left);
  }
}

export function deflatedZeros(length: number): Segment {
  const bytes = Buffer.alloc(length);
  return { packed: deflateRawSync(bytes, gzipOptions), length, crc: crc32(bytes) };
}

/** Length and CRC-32 of all segments, for the trailer of a member. */
export class GzipSum {
  #crc = 0;
  #length = 0;
  readonly #wholePiece = crc32Shift(pieceSize);

  add({ length, crc }: Segment): void {
    const shift = length === pieceSize ? this.#wholePiece : crc32Shift(length);
    this.#crc = crc32Join(this.#crc, crc, shift);
    this.#length += length;
  }

  /** An empty last block, the CRC-32, and the length modulo 4 GiB. */
  trailer(): Buffer {
    const end = Buffer.from("0300" + "00000000" + "00000000", "hex");
    end.writeUInt32LE(this.#crc, 2);
    end.writeUInt32LE(this.#length % 2 ** 32, 6);
    return end;
  }
}
