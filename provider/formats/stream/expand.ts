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

/** Copies a disk as a reflink if the file system supports it, otherwise without its zeros. */
export async function copySparse(from: string, to: string, signal: AbortSignal): Promise<void> {
  // Create the file first, because cp would copy the mode of the source.
  await writeFile(to, "", { mode: 0o600 });
  const args = ["--reflink=auto", "--sparse=always", "--", from, to];
  await run("cp", args, { signal, code: "convert.failed", next: tryAgain });
}

/** Restores a disk from zstd frames. */
export async function expandZstd(copy: string, disk: string, signal: AbortSignal): Promise<void> {
  const source = await open(copy, "r");
  try {
    await writeSparse(disk, zstdPieces(source), signal);
  } finally {
    await source.close();
  }
}

/**
 * Restores a disk from a gzip file. It takes about two minutes for 100 GiB, because gzip has no
 * index.
 */
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

/** Writes a disk; every whole block of zeros becomes a hole. */
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

/**
 * Start and end, within `bytes`, of each run of blocks that are not all zero. Blocks are aligned to
 * the disk; `at` is the position of the bytes on it.
 */
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
