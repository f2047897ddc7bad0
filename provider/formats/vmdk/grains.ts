import type { FileHandle } from "node:fs/promises";
import pLimit from "p-limit";
import type { LimitFunction } from "p-limit";
import { pMapIterable } from "p-map";
import { throwIfCancelled } from "../../base/cancellation";
import { MiB } from "../../base/size";
import { type Extent, blockChunks } from "../../system/files/extents";
import { readWhole } from "../../system/files/read-extents";
import { type Deflater, deflateBound, deflatesAtOnce } from "../deflate/deflater";
import { grainMarkerSize, grainSectors, grainSize, sectorSize, tableEntries } from "./layout";
import type { PackedGrains } from "./write";

/**
 * Data that is read and deflated together: grains of one table, possibly with holes between them.
 */
export interface Batch {
  readonly table: number;
  /** Starts on a grain boundary; whole grains, except for the last of the disk. */
  readonly pieces: readonly Extent[];
  /** Bytes of all pieces. */
  readonly length: number;
}

const batchGrains = (4 * MiB) / grainSize;
const tableSpan = tableEntries * grainSize;

/**
 * Divides the data of a disk into batches, in order. Scattered data fills a batch as well as
 * contiguous data.
 */
export function* batchesOf(extents: readonly Extent[], diskSize: number): Generator<Batch> {
  const layout = { blockSize: grainSize, chunkSize: grainSize, fileSize: diskSize };
  let table = 0;
  let grains = 0;
  let pieces: Extent[] = [];
  for (const grain of blockChunks(extents, layout)) {
    const itsTable = Math.floor(grain.start / tableSpan);
    if (grains === batchGrains || (grains > 0 && itsTable !== table)) {
      yield batchOf(table, pieces);
      pieces = [];
      grains = 0;
    }
    table = itsTable;
    grains += 1;
    const last = pieces.at(-1);
    if (last !== undefined && last.start + last.length === grain.start) {
      pieces[pieces.length - 1] = { start: last.start, length: last.length + grain.length };
    } else {
      pieces.push(grain);
    }
  }
  if (grains > 0) yield batchOf(table, pieces);
}

function batchOf(table: number, pieces: readonly Extent[]): Batch {
  return { table, pieces, length: pieces.reduce((sum, { length }) => sum + length, 0) };
}

/**
 * One batch is written while two are read and deflated, so that no core is idle at the end of a
 * batch.
 */
const batchesAtOnce = 3;
/** Whole sectors: room for a marker and a grain that does not shrink. */
const slotSize = Math.ceil((grainMarkerSize + deflateBound) / sectorSize) * sectorSize;
const zeros = Buffer.alloc(grainSize);

/** Input and output buffers of a batch, reused for later ones. */
interface Buffers {
  readonly read: Buffer;
  readonly packed: Buffer;
}

interface Grain {
  /** Index on the disk, from 0. */
  readonly number: number;
  readonly bytes: Buffer;
}

interface PackOptions {
  readonly deflater: Deflater;
  readonly signal: AbortSignal;
  /** Called when the next batch is requested after this one. */
  readonly onDone: (batch: Batch) => void;
}

/**
 * Reads and deflates batches, several grains at the same time, and yields them in order. A yielded
 * batch is valid until the next one is requested. Grains of zeros are left out. When the generator
 * ends, for whatever reason, no work is running.
 */
export async function* packGrains(
  handle: FileHandle,
  batches: Iterable<Batch>,
  options: PackOptions,
): AsyncGenerator<PackedGrains> {
  const inTurn = pLimit(deflatesAtOnce);
  const underWay = new Set<Promise<unknown>>();
  const free: Buffers[] = [];
  let ended = false;
  const pack = async (batch: Batch) => {
    if (ended) throw new Error("nobody waits for this batch");
    const buffers = free.pop() ?? newBuffers();
    const grains = await readGrains(handle, batch, buffers.read);
    const sizes = await deflateGrains(grains, buffers.packed, inTurn, options);
    return { batch, buffers, result: packed(batch.table, grains, sizes, buffers.packed) };
  };
  const tracked = (batch: Batch) => {
    const packing = pack(batch);
    underWay.add(packing);
    const settled = () => void underWay.delete(packing);
    packing.then(settled, settled);
    return packing;
  };
  try {
    const window = { concurrency: batchesAtOnce, backpressure: batchesAtOnce + 1 };
    for await (const { batch, buffers, result } of pMapIterable(batches, tracked, window)) {
      throwIfCancelled(options.signal);
      yield result;
      free.push(buffers);
      options.onDone(batch);
    }
  } finally {
    ended = true;
    // The handle and the compressor must stay open while a thread uses them.
    await Promise.allSettled(underWay);
  }
}

function newBuffers(): Buffers {
  return {
    read: Buffer.allocUnsafeSlow(batchGrains * grainSize),
    packed: Buffer.allocUnsafeSlow(batchGrains * slotSize),
  };
}

/** The grains of a batch that are not all zero. */
async function readGrains(handle: FileHandle, batch: Batch, into: Buffer): Promise<Grain[]> {
  const grains: Grain[] = [];
  let at = 0;
  for (const piece of batch.pieces) {
    await readWhole(handle, piece, into.subarray(at));
    for (let done = 0; done < piece.length; done += grainSize, at += grainSize) {
      const bytes = into.subarray(at, at + grainSize);
      // The last grain of a disk may be incomplete; readers expect a whole one.
      bytes.fill(0, piece.length - done);
      if (!bytes.equals(zeros)) grains.push({ number: (piece.start + done) / grainSize, bytes });
    }
  }
  return grains;
}

/**
 * Deflates each grain into its slot, behind the space for its marker. Returns the sizes in bytes.
 */
async function deflateGrains(
  grains: readonly Grain[],
  slots: Buffer,
  inTurn: LimitFunction,
  { deflater, signal }: PackOptions,
): Promise<readonly number[]> {
  const jobs = grains.map(({ bytes }, index) =>
    inTurn(() => {
      throwIfCancelled(signal);
      const from = index * slotSize + grainMarkerSize;
      return deflater.deflate(bytes, slots.subarray(from, (index + 1) * slotSize));
    }),
  );
  await Promise.allSettled(jobs);
  return Promise.all(jobs);
}

/** Moves the deflated grains together, each behind its marker and padded with zeros. */
function packed(
  table: number,
  grains: readonly Grain[],
  sizes: readonly number[],
  bytes: Buffer,
): PackedGrains {
  let end = 0;
  const entries = grains.map(({ number }, index) => {
    const size = sizes[index] ?? 0;
    const slot = index * slotSize + grainMarkerSize;
    const start = end;
    end += Math.ceil((grainMarkerSize + size) / sectorSize) * sectorSize;
    bytes.copyWithin(start + grainMarkerSize, slot, slot + size);
    bytes.writeBigUInt64LE(BigInt(number * grainSectors), start);
    bytes.writeUInt32LE(size, start + 8);
    bytes.fill(0, start + grainMarkerSize + size, end);
    return { entry: number % tableEntries, sectors: (end - start) / sectorSize };
  });
  return { table, grains: entries, bytes: bytes.subarray(0, end) };
}
