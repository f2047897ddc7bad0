import { open } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { pMapIterable } from "p-map";
import type { ProgressOptions } from "../../system/files/progress-options";
import { blockChunks, dataExtents } from "../../system/files/extents";
import { readChunks } from "../../system/files/read-extents";

/** A part of a disk, in order: bytes, or a run of zeros that takes no memory. */
export type Piece =
  | {
      readonly kind: "data";
      readonly bytes: Buffer;
      /** Called when the bytes are no longer needed. */
      readonly release?: () => void;
    }
  | { readonly kind: "zeros"; readonly length: number };

/**
 * In bytes. Small enough for many pieces in parallel, large enough that compression does not
 * suffer.
 */
export const pieceSize = 2 * 1024 * 1024;

/** Output buffer of zlib in bytes; the default is 16 KiB. */
export const packedChunk = 256 * 1024;

const zeros = Buffer.alloc(pieceSize);

/** For at most `pieceSize` bytes. */
export function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length));
}

/**
 * Reads a disk in pieces at fixed positions, so that the pieces do not depend on allocation: data
 * is a piece that is not all zero, the zeros in between are joined. Progress counts the bytes that
 * are read.
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
 * Returns a function that copies bytes into a piece, for readers that reuse their buffer. Buffers
 * are pooled: memory outside of the heap is collected late, and hundreds of MiB would accumulate.
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
 * Processes several items at the same time and yields the results in order. zlib runs in libuv's
 * thread pool, so one item per core keeps all cores busy. Twelve pieces of 2 MiB with their
 * encoders stay below 100 MiB.
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
    // Wait for a running read: its file must stay open until it ends.
    await items.return(undefined);
  }
}
