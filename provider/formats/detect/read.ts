import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { FileKind } from "../../plan/formats";

/** Beginning and end of a file, which identify its format. */
export interface FileEnds {
  /** At most 40 KiB: the magic of an ISO is at 32 KiB. */
  readonly head: Buffer;
  /** The last 512 bytes: a fixed VHD has its footer there. */
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

/** The beginning of a decompressed stream, as far as it can be decompressed. */
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
    // Only a part of the file was read, or it is damaged. The caller decides by the bytes so far.
  }
  return Buffer.concat(pieces).subarray(0, headBytes);
}

/** Virtual size in bytes of the disk in a file, as far as its beginning and end tell it. */
export function diskSizeIn(
  kind: FileKind,
  { head, tail, sizeBytes }: FileEnds,
): number | undefined {
  switch (kind.type) {
    case "raw":
      return kind.compression === "none" ? sizeBytes : undefined;
    case "qcow2":
      return Number(head.readBigUInt64BE(24));
    case "vmdk":
      return Number(head.readBigUInt64LE(12)) * 512;
    case "vhd":
      return Number(tail.readBigUInt64BE(48));
    case "ova":
    case "gce":
    case "containerdisk":
    case "iso":
    case "seed":
      return undefined;
  }
}
