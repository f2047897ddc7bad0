import type { FileHandle } from "node:fs/promises";
import type { Extent } from "./extents";
import { throwIfCancelled } from "../../base/cancellation";

export interface Chunk {
  readonly start: number;
  /** Valid until the next chunk is requested. */
  readonly bytes: Buffer;
}

/** Reads chunks in order, each while the caller works on the one before; uses two buffers. */
export async function* readChunks(
  handle: FileHandle,
  chunks: Iterable<Extent>,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const buffers = [Buffer.alloc(0), Buffer.alloc(0)];
  let pending: Promise<Chunk> | undefined;
  let turn = 0;
  try {
    for (const chunk of chunks) {
      const ready = await pending;
      throwIfCancelled(signal);
      if ((buffers[turn]?.length ?? 0) < chunk.length) buffers[turn] = Buffer.alloc(chunk.length);
      pending = readWhole(handle, chunk, buffers[turn] ?? Buffer.alloc(chunk.length));
      turn = 1 - turn;
      if (ready !== undefined) yield ready;
    }
    if (pending !== undefined) yield await pending;
    pending = undefined;
  } finally {
    // The caller must not close the handle during a read.
    await pending?.catch(() => undefined);
  }
}

/** The part of a file handle that reading needs. */
export interface ReadableFile {
  readonly read: (
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ readonly bytesRead: number }>;
}

/** Reads all of an extent into the start of a buffer. */
export async function readWhole(
  handle: ReadableFile,
  chunk: Extent,
  buffer: Buffer,
): Promise<Chunk> {
  const { start, length } = chunk;
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, start + done);
    if (bytesRead === 0)
      throw new Error(`the file ended at byte ${start + done} while it was read`);
    done += bytesRead;
  }
  return { start, bytes: buffer.subarray(0, length) };
}
