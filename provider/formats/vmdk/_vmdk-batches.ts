import { MiB } from "../../base/size";
import { blockChunks, type Extent } from "../../system/files/extents";
import { grainSize, tableEntries } from "./layout";

/** Data that is read and deflated together: grains of one table, with holes between the pieces. */
export interface Batch {
  readonly table: number;
  /** Start on a grain; whole grains, but for the last of the disk. */
  readonly pieces: readonly Extent[];
  /** Bytes in all the pieces. */
  readonly length: number;
}

export const batchGrains = (4 * MiB) / grainSize;
const tableSpan = tableEntries * grainSize;

/** The data of a disk in order. Scattered data fills a batch as well as data in one run. */
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
