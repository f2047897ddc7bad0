import type { FileHandle } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { MiB } from "../../base/size";
import type { Extent } from "../../system/files/extents";
import { readWhole } from "../../system/files/read-extents";
import { throwIfCancelled } from "../../base/cancellation";
import { isIncompressible } from "../deflate/sample";
import { clusterCompressor, compressedBound, type ClusterCompression } from "./compress";
import { clusterSize } from "./layout";
import type { PackedCluster } from "./pack";

/** 16 clusters: enough to make the cost per chunk negligible. */
export const chunkSize = MiB;

/** Result for at most `chunkSize` bytes of the disk. */
export interface PackedChunk {
  readonly length: number;
  /** The clusters that are not all zero. */
  readonly clusters: readonly PackedCluster[];
}

export interface ChunkWorkers {
  /** Number of chunks that can be packed at the same time. */
  readonly count: number;
  readonly pack: (chunk: Extent) => Promise<PackedChunk>;
  /** Waits for running reads, then frees the compressors. */
  readonly close: () => Promise<void>;
}

interface Worker {
  readonly pack: (chunk: Extent) => Promise<PackedChunk>;
  readonly close: () => void;
}

const zeros = Buffer.alloc(clusterSize);

/**
 * Creates workers that read and compress, each with its own buffer. There are more workers than
 * cores, because a worker that waits for the main thread leaves its core idle. 16 is the size of
 * the agent's thread pool.
 */
export function chunkWorkers(
  disk: FileHandle,
  compression: ClusterCompression,
  signal: AbortSignal,
): ChunkWorkers {
  const count = Math.min(16, 2 * availableParallelism() + 1);
  const pool = outputPool();
  const workers = Array.from({ length: count }, () =>
    chunkWorker(disk, { compression, signal, pool }),
  );
  const idle = [...workers];
  const running = new Set<Promise<PackedChunk>>();
  const pack = async (chunk: Extent) => {
    const worker = idle.pop();
    if (worker === undefined) throw new Error("more chunks at once than workers");
    const packing = worker.pack(chunk);
    running.add(packing);
    try {
      return await packing;
    } finally {
      running.delete(packing);
      idle.push(worker);
    }
  };
  const close = async () => {
    await Promise.allSettled(running);
    for (const worker of workers) worker.close();
  };
  return { count, pack, close };
}

/** Pool of output buffers: new memory for each cluster would keep the garbage collector busy. */
interface OutputPool {
  readonly take: () => Buffer;
  readonly release: (output: Buffer) => void;
}

function outputPool(): OutputPool {
  const free: Buffer[] = [];
  return {
    take: () => free.pop() ?? Buffer.alloc(compressedBound),
    release: (output) => void free.push(output),
  };
}

interface WorkerOptions {
  readonly compression: ClusterCompression;
  readonly signal: AbortSignal;
  readonly pool: OutputPool;
}

function chunkWorker(disk: FileHandle, { compression, signal, pool }: WorkerOptions): Worker {
  const buffer = Buffer.alloc(chunkSize);
  const compressor = clusterCompressor(compression);
  const pack = async (chunk: Extent): Promise<PackedChunk> => {
    const { start, length } = chunk;
    await readWhole(disk, chunk, buffer);
    // The disk may end within a cluster.
    buffer.fill(0, length, Math.ceil(length / clusterSize) * clusterSize);
    const clusters: PackedCluster[] = [];
    for (let at = 0; at < length; at += clusterSize) {
      throwIfCancelled(signal);
      const cluster = buffer.subarray(at, at + clusterSize);
      if (cluster.equals(zeros)) continue;
      const output = pool.take();
      const packed = isIncompressible(cluster)
        ? undefined
        : await compressor.compress(cluster, output);
      const compressed = packed !== undefined && packed.length < clusterSize;
      if (!compressed) output.set(cluster);
      clusters.push({
        index: (start + at) / clusterSize,
        bytes: compressed ? packed : output.subarray(0, clusterSize),
        compressed,
        written: () => pool.release(output),
      });
    }
    return { length, clusters };
  };
  return { pack, close: compressor.close };
}
