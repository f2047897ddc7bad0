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

/** The disk that a VMDK was made from. */
interface CheckedDisk extends DiskData {
  readonly path: string;
}

interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (percent: number) => void;
}

/**
 * Reads a VMDK by a program that did not write it: its structure; all content where the disk has
 * data; and that it has none elsewhere. `qemu-img compare` keeps one core busy and asks for each
 * grain of a hole (100 GiB of them take it 2 s), so several compare pieces, and long holes are left
 * to `qemu-img map`, which needs a quarter of that.
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
  // All end before an error is out: they read files that the caller may remove.
  await Promise.allSettled(checks);
  await Promise.all(checks);
}

/** A path inside JSON is a path, whatever characters it holds. */
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
  // A line holds one extent: a disk in fragments has more of them than fit into one string.
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
    what: "The VMDK was read back and is not the disk that was written.",
    why:
      stray === undefined
        ? `It holds ${mapped} bytes, expected ${size}.`
        : `It holds data at byte ${stray.start}, where the disk has none.`,
    next: `Check the build host's disk and memory. ${tryAgain}`,
  });
}
