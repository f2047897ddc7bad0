import { open } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { pMapIterable } from "p-map";
import type { ProgressOptions } from "../../system/files/progress-options";
import { blockChunks, dataExtents } from "../../system/files/extents";
import { readChunks } from "../../system/files/read-extents";

/** What is compressed, in order: bytes, or a run of zeros that is never held in memory. */
export type Piece =
  | {
      readonly kind: "data";
      readonly bytes: Buffer;
      /** Told when the bytes are no longer needed. */
      readonly release?: () => void;
    }
  | { readonly kind: "zeros"; readonly length: number };

/** Small enough that many are worked on at once, large enough that a compressor loses nothing by it. */
export const pieceSize = 2 * 1024 * 1024;

/** What zlib is given room for at a time, instead of 16 KiB. */
export const packedChunk = 256 * 1024;

const zeros = Buffer.alloc(pieceSize);

/** For at most `pieceSize` bytes. */
export function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length));
}

/**
 * A disk cut at fixed places, so that the pieces are the same whichever of its zeros are holes:
 * those that hold anything but zeros as data, and the zeros between them joined. Progress counts
 * the bytes that are read.
 */
export async function* diskPieces(
  disk: string,
  { signal, onProgress }: ProgressOptions,
): AsyncGenerator<Piece> {
  const handle = await open(disk, "r");
  try {
    const { size } = await handle.stat();
    const extents = await dataExtents(disk, signal);
    const layout = { blockSize: pieceSize, chunkSize: pieceSize, fileSize: size };
    let total = 0;
    for (const { length } of blockChunks(extents, layout)) total += length;
    const copied = copies();
    let read = 0;
    let at = 0;
    for await (const { start, bytes } of readChunks(handle, blockChunks(extents, layout), signal)) {
      read += bytes.length;
      onProgress(read, total);
      if (isZero(bytes)) continue;
      if (start > at) yield { kind: "zeros", length: start - at };
      yield copied(bytes);
      at = start + bytes.length;
    }
    if (size > at) yield { kind: "zeros", length: size - at };
  } finally {
    await handle.close();
  }
}

/**
 * Copies of bytes that their reader will overwrite, as pieces. Their buffers are used again: what
 * is allocated outside the heap is collected late, and hundreds of MiB of it would pile up.
 */
export function copies(): (bytes: Buffer) => Piece {
  const free: Buffer[] = [];
  return (bytes) => {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(pieceSize);
    bytes.copy(buffer);
    return {
      kind: "data",
      bytes: buffer.subarray(0, bytes.length),
      release: () => free.push(buffer),
    };
  };
}

/**
 * Works on several items at once and gives the results in order. What zlib does runs in libuv's
 * pool, so as many at once as there are processors keep all busy; twelve pieces of 2 MiB, with what
 * an encoder needs for each, stay below 100 MiB.
 */
export async function* inParallel<In, Out>(
  items: AsyncGenerator<In>,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const concurrency = Math.min(12, availableParallelism() + 1);
  try {
    const boxed = pMapIterable(items, async (item) => ({ result: await work(item) }), {
      concurrency,
    });
    for await (const { result } of boxed) yield result;
  } finally {
    // Waits for a read under way: its file must not be closed, or used by another, before.
    await items.return(undefined);
  }
}
