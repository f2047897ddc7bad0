import { open, truncate, writeFile } from "node:fs/promises";
import { dataExtents } from "../../../../provider/system/files/extents";
import { randomBelow, randomBuffer, randomFrom } from "../../../unit/formats/stream/random";

export type DiskPiece = readonly [at: number, bytes: Buffer];

/** A sparse file with some pieces of data. */
export async function sparseDisk(
  path: string,
  size: number,
  pieces: readonly DiskPiece[],
): Promise<string> {
  await writeFile(path, "");
  await truncate(path, size);
  const handle = await open(path, "r+");
  for (const [at, bytes] of pieces) await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
  return path;
}

/** Pieces of every kind anywhere on a disk: small and large, with data and with allocated zeros. */
export function randomPieces(seed: number, size: number): DiskPiece[] {
  const random = randomFrom(seed);
  return Array.from({ length: 1 + randomBelow(random, 12) }, (): DiskPiece => {
    const at = randomBelow(random, size);
    const longest = Math.min(size - at, randomBelow(random, 4) === 0 ? 5_000_000 : 70_000);
    const length = 1 + randomBelow(random, longest);
    return [at, randomBelow(random, 4) === 0 ? Buffer.alloc(length) : randomBuffer(random, length)];
  });
}

/** Allocated bytes of a file. */
export async function dataBytes(path: string): Promise<number> {
  const extents = await dataExtents(path, new AbortController().signal);
  return extents.reduce((sum, { length }) => sum + length, 0);
}
