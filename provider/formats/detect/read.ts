import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";

/** The ends of a file, by which formats are told apart. */
export interface FileEnds {
  /** Up to 40 KiB of its beginning: an ISO says its name at 32 KiB. */
  readonly head: Buffer;
  /** The last 512 bytes: a fixed VHD says its name there. */
  readonly tail: Buffer;
  readonly sizeBytes: number;
}

const headBytes = 40 * 1024;
const tailBytes = 512;

export async function readEnds(path: string): Promise<FileEnds> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return {
      head: await readAt(file, 0, Math.min(headBytes, size)),
      tail: await readAt(file, Math.max(0, size - tailBytes), Math.min(tailBytes, size)),
      sizeBytes: size,
    };
  } finally {
    await file.close();
  }
}

export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The beginning of what is compressed in a stream; as far as it can be unpacked. */
export async function readBeginning(unpacked: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length >= headBytes) break;
    }
  } catch {
    // Only a part of the file was read, or it is damaged: what came of it is enough, or too little to tell.
  }
  return Buffer.concat(pieces).subarray(0, headBytes);
}
