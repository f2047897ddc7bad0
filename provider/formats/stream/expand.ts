import { createReadStream } from "node:fs";
import { open, writeFile, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { run } from "../../system/process/run";
import { throwIfCancelled } from "../../base/cancellation";
import { isZero, pieceSize, type Piece } from "./pieces";
import { writeWhole } from "../../system/files/append";
import { zstdPieces } from "./zstd-read";
import { tryAgain } from "../write-error";

const blockSize = 64 * 1024;

/** Copies a disk as a reflink where the file system can, else without its zeros. */
export async function copySparse(from: string, to: string, signal: AbortSignal): Promise<void> {
  // Not the mode of the source, which cp would hand on to a new file.
  await writeFile(to, "", { mode: 0o600 });
  const args = ["--reflink=auto", "--sparse=always", "--", from, to];
  await run("cp", args, { signal, code: "convert.failed", next: tryAgain });
}

/** Writes the disk that a file of zstd frames holds. */
export async function expandZstd(copy: string, disk: string, signal: AbortSignal): Promise<void> {
  const source = await open(copy, "r");
  try {
    await writeSparse(disk, zstdPieces(source), signal);
  } finally {
    await source.close();
  }
}

/** Writes the disk that a gzip file holds: about two minutes for 100 GiB, since gzip has no place to jump to. */
export async function expandGzip(copy: string, disk: string, signal: AbortSignal): Promise<void> {
  const source = createReadStream(copy, { highWaterMark: pieceSize });
  const gunzip = createGunzip({ chunkSize: pieceSize });
  await pipeline(source, gunzip, (parts: AsyncIterable<Buffer>) =>
    writeSparse(disk, asPieces(parts), signal),
  );
}

async function* asPieces(parts: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  for await (const bytes of parts) yield { kind: "data", bytes };
}

/** Writes a disk in which every whole block of zeros is a hole. */
async function writeSparse(
  disk: string,
  pieces: AsyncIterable<Piece>,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(disk, "w", 0o600);
  try {
    let at = 0;
    for await (const piece of pieces) {
      throwIfCancelled(signal);
      if (piece.kind === "data") await writeData(file, at, piece.bytes);
      at += piece.kind === "data" ? piece.bytes.length : piece.length;
    }
    await file.truncate(at);
  } finally {
    await file.close();
  }
}

async function writeData(file: FileHandle, at: number, bytes: Buffer): Promise<void> {
  for (const [start, end] of dataRuns(bytes, at)) {
    await writeWhole(file, bytes.subarray(start, end), at + start);
  }
}

/** Start and end within the bytes of each run of blocks, counted from `at`, that hold anything but zeros. */
export function* dataRuns(bytes: Buffer, at: number): Generator<readonly [number, number]> {
  let start: number | undefined;
  let end = blockSize - (at % blockSize);
  for (let from = 0; from < bytes.length; from = end, end += blockSize) {
    if (!isZero(bytes.subarray(from, end))) {
      start ??= from;
    } else if (start !== undefined) {
      yield [start, from];
      start = undefined;
    }
  }
  if (start !== undefined) yield [start, bytes.length];
}
