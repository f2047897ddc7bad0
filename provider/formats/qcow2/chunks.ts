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

/** 16 clusters: enough that what it costs to hand a chunk around does not count. */
export const chunkSize = MiB;

/** What became of a run of at most `chunkSize` bytes of the disk. */
export interface PackedChunk {
  readonly length: number;
  /** Those that are not all zeros. */
  readonly clusters: readonly PackedCluster[];
}

export interface ChunkWorkers {
  /** How many chunks may be packed at once. */
  readonly count: number;
  readonly pack: (chunk: Extent) => Promise<PackedChunk>;
  /** Ends when nothing is read any more. */
  readonly close: () => Promise<void>;
}

interface Worker {
  readonly pack: (chunk: Extent) => Promise<PackedChunk>;
  readonly close: () => void;
}

const zeros = Buffer.alloc(clusterSize);

/**
 * Readers and compressors, each with its own buffer. There are more than cores, because one that
 * waits for this thread leaves its core to another; 16 are what the thread pool of the agent has.
 */
export function chunkWorkers(
  disk: FileHandle,
  compression: ClusterCompression,
  signal: AbortSignal,
): ChunkWorkers {
  const count = Math.min(16, 2 * availableParallelism() + 1);
  const spare = spareRoom();
  const workers = Array.from({ length: count }, () =>
    chunkWorker(disk, { compression, signal, spare }),
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

/** Room for what becomes of a cluster, used again: new memory for each would keep the collector busy. */
interface Spare {
  readonly take: () => Buffer;
  readonly giveBack: (room: Buffer) => void;
}

function spareRoom(): Spare {
  const spare: Buffer[] = [];
  return {
    take: () => spare.pop() ?? Buffer.alloc(compressedBound),
    giveBack: (room) => void spare.push(room),
  };
}

interface WorkerOptions {
  readonly compression: ClusterCompression;
  readonly signal: AbortSignal;
  readonly spare: Spare;
}

function chunkWorker(disk: FileHandle, { compression, signal, spare }: WorkerOptions): Worker {
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
      const room = spare.take();
      const packed = isIncompressible(cluster)
        ? undefined
        : await compressor.compress(cluster, room);
      const compressed = packed !== undefined && packed.length < clusterSize;
      if (!compressed) room.set(cluster);
      clusters.push({
        index: (start + at) / clusterSize,
        bytes: compressed ? packed : room.subarray(0, clusterSize),
        compressed,
        written: () => spare.giveBack(room),
      });
    }
    return { length, clusters };
  };
  return { pack, close: compressor.close };
}
