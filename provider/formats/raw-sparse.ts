import { open, type FileHandle } from "node:fs/promises";
import { throwIfCancelled } from "../system/run-cancelled";
import { isZero } from "./raw-pieces";
import { writeWhole } from "./raw-write";

const blockSize = 64 * 1024;

/** Bytes and where on the disk they belong. */
export interface Placed {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Writes a disk in which every block of 64 KiB that is all zero is a hole. */
export async function writeSparse(
  disk: string,
  placed: AsyncIterable<Placed>,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(disk, "w");
  try {
    let size = 0;
    for await (const { at, bytes } of placed) {
      throwIfCancelled(signal);
      await writeData(file, at, bytes);
      size = Math.max(size, at + bytes.length);
    }
    const { size: written } = await file.stat();
    if (written < size) await file.truncate(size);
  } finally {
    await file.close();
  }
}

async function writeData(file: FileHandle, at: number, bytes: Buffer): Promise<void> {
  for (const { start, end } of dataRuns(bytes)) {
    await writeWhole(file, bytes.subarray(start, end), at + start);
  }
}

/** The runs of blocks that hold anything but zeros. */
export function* dataRuns(bytes: Buffer): Generator<{ start: number; end: number }> {
  let start: number | undefined;
  for (let at = 0; at < bytes.length; at += blockSize) {
    const zero = isZero(bytes.subarray(at, at + blockSize));
    if (zero && start !== undefined) {
      yield { start, end: at };
      start = undefined;
    } else if (!zero) start ??= at;
  }
  if (start !== undefined) yield { start, end: bytes.length };
}
