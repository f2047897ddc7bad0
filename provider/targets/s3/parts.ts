import { MiB } from "../../base/size";

const smallestPart = 5 * MiB;
const usualPart = 32 * MiB;
const mostParts = 10_000;
/** Limits of concurrent parts: their number, and their memory in total. */
const mostInFlight = 4;
const memory = 128 * MiB;

export interface Part {
  /** Counted from 1. */
  readonly number: number;
  readonly offset: number;
  readonly length: number;
}

/** The wanted part size, within the protocol's limits of 5 MiB and 10,000 parts. */
export function partSizeFor(totalBytes: number, wanted: number = usualPart): number {
  const needed = Math.ceil(totalBytes / mostParts / MiB) * MiB;
  return Math.max(wanted, smallestPart, needed);
}

export function partsOf(totalBytes: number, partSize: number): readonly Part[] {
  const count = Math.ceil(totalBytes / partSize);
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    offset: index * partSize,
    length: Math.min(partSize, totalBytes - index * partSize),
  }));
}

export function partsInFlight(partSize: number): number {
  return Math.max(1, Math.min(mostInFlight, Math.floor(memory / partSize)));
}
