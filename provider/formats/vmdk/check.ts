import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import pLimit from "p-limit";
import { StylusError } from "../../base/errors";
import { GiB, MiB } from "../../base/size";
import { type Extent, blockChunks } from "../../system/files/extents";
import { run } from "../../system/process/run";
import { tryAgain } from "../write-error";
import { grainSize } from "./layout";

interface DiskData {
  /** Size of the disk in bytes. */
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** A hole of this size takes as long to compare as starting the program that compares. */
const skippedHole = 2 * GiB;
/** Minimum data in a piece, unless a long hole follows. It takes half a second. */
const leastData = 128 * MiB;
const mostPieces = 100;

/**
 * Divides the data of a disk into pieces of about the same size, cut at grain boundaries. Long
 * holes lie between pieces.
 */
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

/** Reports whether the pieces together cover an extent. */
export function isInside({ start, length }: Extent, pieces: readonly Extent[]): boolean {
  let covered = 0;
  for (const piece of pieces) {
    const from = Math.max(start, piece.start);
    covered += Math.max(0, Math.min(start + length, piece.start + piece.length) - from);
  }
  return covered === length;
}

/** The disk that the VMDK was made from. */
interface CheckedDisk extends DiskData {
  readonly path: string;
}

interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (percent: number) => void;
}

/**
 * Reads a VMDK back by qemu-img: its structure, all content where the disk has data, and that it
 * has no data elsewhere. `qemu-img compare` uses one core and queries each grain of a hole (2 s per
 * 100 GiB), so several processes compare pieces, and `qemu-img map`, which is four times faster,
 * checks long holes.
 */
export async function checkVmdk(
  disk: CheckedDisk,
  vmdk: string,
  { signal, onProgress }: CheckOptions,
): Promise<void> {
  const failure = { signal, code: "convert.failed", next: tryAgain } as const;
  await run("qemu-img", ["check", "-q", "-f", "vmdk", vmdk], failure);
  const pieces = [...comparedPieces(disk)];
  const jobs = [
    () => requireHoles(vmdk, disk.size, pieces, failure),
    ...pieces.map((piece) => () => run("qemu-img", compareArguments(disk, vmdk, piece), failure)),
  ];
  const inTurn = pLimit(availableParallelism());
  let done = 0;
  const checks = jobs.map((job) =>
    inTurn(async () => {
      await job();
      done += 1;
      onProgress((100 * done) / jobs.length);
    }),
  );
  // Wait for all processes before throwing: they read files that the caller may remove.
  await Promise.allSettled(checks);
  await Promise.all(checks);
}

/** In JSON, a path may contain any character. */
function compareArguments(disk: CheckedDisk, vmdk: string, { start, length }: Extent): string[] {
  const piece = (file: object) =>
    `json:${JSON.stringify({ driver: "raw", offset: start, size: length, file })}`;
  const fileAt = (path: string) => ({ driver: "file", filename: resolve(path) });
  return ["compare", "-q", piece(fileAt(disk.path)), piece({ driver: "vmdk", file: fileAt(vmdk) })];
}

const mappedLine = /"start": (\d+), "length": (\d+),.*"data": (true|false)/;

async function requireHoles(
  vmdk: string,
  size: number,
  pieces: readonly Extent[],
  failure: Parameters<typeof run>[2],
): Promise<void> {
  let unread = "";
  let mapped = 0;
  let stray: Extent | undefined;
  // One extent per line: the output for a fragmented disk does not fit into one string.
  const read = (line: string) => {
    const [, start, length, data] = mappedLine.exec(line) ?? [];
    const extent = { start: Number(start ?? 0), length: Number(length ?? 0) };
    mapped += extent.length;
    if (data === "true" && !isInside(extent, pieces)) stray ??= extent;
  };
  const onStdout = (chunk: Buffer) => {
    const lines = (unread + chunk.toString("latin1")).split("\n");
    unread = lines.pop() ?? "";
    lines.forEach(read);
  };
  const args = ["map", "--output=json", "-f", "vmdk", resolve(vmdk)];
  await run("qemu-img", args, { ...failure, onStdout });
  if (stray === undefined && mapped === size) return;
  throw new StylusError("convert.failed", {
    what: "The VMDK was read back and differs from the disk that was written.",
    why:
      stray === undefined
        ? `It holds ${mapped} bytes, expected ${size}.`
        : `It holds data at byte ${stray.start}, where the disk has none.`,
    next: `Check the build host's disk and memory. ${tryAgain}`,
  });
}
