import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdDecompress, type ZstdOptions } from "node:zlib";
import { type Piece, inParallel } from "./pieces";
import { longestZeroFrame, zeroFrame } from "./zstd";

/**
 * Largest content of a data frame, in bytes. Frames are decoded in memory, and `zstdParts` writes
 * no larger ones.
 */
const largestContent = 16 * 1024 * 1024;
const windowSize = 4 * 1024 * 1024;

const decompress = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/**
 * The pieces of a file that `zstdParts` wrote. Frames of zeros are known by their bytes and are not
 * decoded: that would take half a minute for 100 GiB, and the search for zeros as long again.
 */
export async function* zstdPieces(file: FileHandle): AsyncGenerator<Piece> {
  yield* inParallel<Frame, Piece>(zstdFrames(file), async ({ content, bytes }) => {
    if (bytes === undefined) return { kind: "zeros", length: content };
    const decoded = await decompress(bytes, { chunkSize: Math.max(content, 64) });
    if (decoded.length !== content) throw new Error("a frame has another size than it says");
    return { kind: "data", bytes: decoded };
  });
}

export interface Frame {
  /** Size of the decoded content in bytes. */
  readonly content: number;
  /** The frame. Undefined for zeros. */
  readonly bytes: Buffer | undefined;
}

/** The frames of a file that `zstdParts` wrote, in order. */
export async function* zstdFrames(file: FileHandle): AsyncGenerator<Frame> {
  const { size } = await file.stat();
  const look = lookAhead(file);
  for (let at = 0; at < size;) {
    const { content, headerSize, checksumSize } = frameHeader(await look(at, 18));
    const zeros = content <= longestZeroFrame ? zeroFrame(content) : Buffer.alloc(0);
    if (zeros.length > 0 && (await look(at, zeros.length)).equals(zeros)) {
      yield { content, bytes: undefined };
      at += zeros.length;
      continue;
    }
    if (content > largestContent) throw new Error(`the frame at byte ${at} is too large`);
    const length = headerSize + (await blocksSize(look, at + headerSize)) + checksumSize;
    // A copy, because the next read overwrites the buffer.
    yield { content, bytes: Buffer.from(await look(at, length)) };
    at += length;
  }
}

/** Parses a frame header (RFC 8878, section 3.1.1.1) that states the content size. */
function frameHeader(bytes: Buffer) {
  if (bytes.length < 9 || bytes.readUInt32LE(0) !== 0xfd2fb528) throw new Error("no zstd frame");
  const descriptor = bytes.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x03) !== 0) throw new Error("a frame needs a dictionary");
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeFlag;
  if (sizeBytes === 0 || sizeBytes === 8) throw new Error("a frame does not say a usable size");
  const sizeAt = isSingleSegment ? 5 : 6;
  const content = bytes.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  return {
    content,
    headerSize: sizeAt + sizeBytes,
    checksumSize: (descriptor & 0x04) === 0 ? 0 : 4,
  };
}

async function blocksSize(look: Look, start: number): Promise<number> {
  for (let at = start; ;) {
    const bytes = await look(at, 3);
    if (bytes.length < 3) throw new Error("the file ends within a frame");
    const header = bytes.readUIntLE(0, 3);
    const isRepeated = ((header >> 1) & 3) === 1;
    at += 3 + (isRepeated ? 1 : header >> 3);
    if ((header & 1) === 1) return at - start;
  }
}

/** Reads bytes from a position on; fewer only at the end of the file. Valid until the next read. */
type Look = (at: number, length: number) => Promise<Buffer>;

function lookAhead(file: FileHandle): Look {
  let buffer = Buffer.alloc(windowSize);
  let start = 0;
  let filled = 0;
  return async (at, length) => {
    if (at < start || at + length > start + filled) {
      if (buffer.length < length) buffer = Buffer.alloc(length);
      start = at;
      filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, at + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    }
    return buffer.subarray(at - start, Math.min(at - start + length, filled));
  };
}
