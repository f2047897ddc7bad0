import { open } from "node:fs/promises";
import { blockChunks, dataExtents, type Extent } from "../../system/files/extents";
import { readChunks } from "../../system/files/read-extents";
import { dataRuns } from "../stream/expand";
import { copies, pieceSize, type Piece } from "../stream/pieces";
import { tarBlock, tarEnd, tarHeader, tarNumber, withTarChecksum } from "../../base/tar";

const blockSize = 64 * 1024;
/** GNU tar pads its archives to a multiple of this. */
const recordSize = 20 * tarBlock;

/**
 * Extents of a disk that are not all zero, in whole blocks of 64 KiB. Decided by content, not by
 * allocation.
 */
export async function contentRuns(disk: string, signal: AbortSignal): Promise<readonly Extent[]> {
  const handle = await open(disk, "r");
  try {
    const { size: fileSize } = await handle.stat();
    const layout = { blockSize, chunkSize: pieceSize, fileSize };
    const chunks = blockChunks(await dataExtents(disk, signal), layout);
    const runs: Extent[] = [];
    for await (const { start: at, bytes } of readChunks(handle, chunks, signal)) {
      for (const [from, to] of dataRuns(bytes, at))
        join(runs, { start: at + from, length: to - from });
    }
    return runs;
  } finally {
    await handle.close();
  }
}

function join(runs: Extent[], run: Extent): void {
  const last = runs.at(-1);
  if (last !== undefined && last.start + last.length === run.start) {
    runs[runs.length - 1] = { start: last.start, length: last.length + run.length };
  } else {
    runs.push(run);
  }
}

/**
 * Header of a sparse file as GNU tar writes it with `--format=oldgnu -S`: four extents in the
 * header, 21 in each following block, and a final extent of length 0 at the end of the file, which
 * tells tar the length of a hole at the end.
 */
export function sparseHeader(name: string, size: number, runs: readonly Extent[]): Buffer {
  const stored = runs.reduce((sum, { length }) => sum + length, 0);
  const facts = { mode: 0o644, uid: 0, gid: 0, type: "S", dialect: "oldgnu" } as const;
  const header = tarHeader({ ...facts, name, size: stored });
  const map = [...runs, { start: size, length: 0 }];
  writeMap(header, 386, map.slice(0, 4));
  header[482] = map.length > 4 ? 1 : 0;
  tarNumber(size, 12).copy(header, 483);
  const blocks = [withTarChecksum(header)];
  for (let at = 4; at < map.length; at += 21) {
    const block = Buffer.alloc(tarBlock);
    writeMap(block, 0, map.slice(at, at + 21));
    block[504] = map.length > at + 21 ? 1 : 0;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

function writeMap(block: Buffer, at: number, runs: readonly Extent[]): void {
  for (const [index, { start, length }] of runs.entries()) {
    tarNumber(start, 12).copy(block, at + 24 * index);
    tarNumber(length, 12).copy(block, at + 24 * index + 12);
  }
}

/** The bytes of an archive that contains only the disk. Progress counts the bytes of data. */
export async function* archivePieces(
  disk: string,
  header: Buffer,
  runs: readonly Extent[],
  options: {
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): AsyncGenerator<Piece> {
  yield { kind: "data", bytes: header };
  const total = runs.reduce((sum, { length }) => sum + length, 0);
  const handle = await open(disk, "r");
  try {
    const copied = copies();
    let done = 0;
    const layout = { blockSize: 1, chunkSize: pieceSize, fileSize: (await handle.stat()).size };
    for await (const { bytes } of readChunks(handle, blockChunks(runs, layout), options.signal)) {
      yield copied(bytes);
      done += bytes.length;
      options.onProgress(done, total);
    }
  } finally {
    await handle.close();
  }
  const length = header.length + total + tarEnd.length;
  const fill = (recordSize - (length % recordSize)) % recordSize;
  yield { kind: "data", bytes: Buffer.alloc(tarEnd.length + fill) };
}
