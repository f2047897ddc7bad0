import { GiB, MiB } from "../../base/size";
import { blockChunks, type Extent } from "../../system/files/extents";
import { grainSize } from "./layout";

export interface DiskData {
  /** Of the disk, in bytes. */
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Comparing that much hole takes as long as starting the program that compares. */
const skippedHole = 2 * GiB;
/** Data in a piece at least, unless a long hole follows; takes half a second. */
const leastData = 128 * MiB;
const mostPieces = 100;

/** All data of a disk in pieces of about one size, cut between grains; long holes lie between them. */
export function* comparedPieces({ extents, size }: DiskData): Generator<Extent> {
  const layout = { blockSize: grainSize, chunkSize: 16 * MiB, fileSize: size };
  let total = 0;
  for (const { length } of extents) total += length;
  const enough = Math.max(leastData, total / mostPieces);
  let piece: { readonly start: number; end: number; data: number } | undefined;
  for (const { start, length } of blockChunks(extents, layout)) {
    if (piece !== undefined && (piece.data >= enough || start - piece.end >= skippedHole)) {
      yield { start: piece.start, length: piece.end - piece.start };
      piece = undefined;
    }
    piece ??= { start, end: start, data: 0 };
    piece.end = start + length;
    piece.data += length;
  }
  if (piece !== undefined) yield { start: piece.start, length: piece.end - piece.start };
}

/** Whether an extent lies inside the pieces, be it across several. */
export function isInside({ start, length }: Extent, pieces: readonly Extent[]): boolean {
  let covered = 0;
  for (const piece of pieces) {
    const from = Math.max(start, piece.start);
    covered += Math.max(0, Math.min(start + length, piece.start + piece.length) - from);
  }
  return covered === length;
}
