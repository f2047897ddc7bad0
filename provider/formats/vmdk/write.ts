import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import { writeWhole } from "../../system/files/append";
import {
  type ImageIdentity,
  endOfImage,
  grainSectors,
  marker,
  sectorSize,
  startOfImage,
  tableEntries,
} from "./layout";

/** A file that is written sequentially. */
interface Appender {
  /** Bytes written so far. */
  readonly position: number;
  readonly append: (bytes: Buffer) => Promise<void>;
}

/**
 * Grains of one table in the order of the disk, each with its marker and padded to whole sectors.
 */
export interface PackedGrains {
  /** Index of the grain table. */
  readonly table: number;
  /** Index of each grain in the table, and its length in the file. */
  readonly grains: readonly { readonly entry: number; readonly sectors: number }[];
  readonly bytes: Buffer;
}

interface Table {
  readonly number: number;
  readonly entries: Buffer;
}

const tableSectors = (tableEntries * 4) / sectorSize;
/** Entries of tables and of the directory are sector numbers of 32 bits. */
const mostSectors = 0xffff_ffff;

/**
 * Writes a streamOptimized VMDK in one pass: each grain table follows its grains, and the directory
 * follows the tables. A table without grains is omitted.
 */
export async function writeImage(
  image: ImageIdentity,
  packed: AsyncIterable<PackedGrains>,
  out: Appender,
): Promise<void> {
  const tables = Math.ceil(image.capacity / grainSectors / tableEntries);
  const directory = Buffer.alloc(Math.ceil((tables * 4) / sectorSize) * sectorSize);
  let table: Table | undefined;
  await out.append(startOfImage(image));
  for await (const { table: number, grains, bytes } of packed) {
    if (grains.length === 0) continue;
    if (table?.number !== number) {
      await closeTable(table, directory, out);
      table = { number, entries: Buffer.alloc(tableSectors * sectorSize) };
    }
    let sector = sectorOf(out);
    for (const grain of grains) {
      table.entries.writeUInt32LE(addressable(sector), grain.entry * 4);
      sector += grain.sectors;
    }
    await out.append(bytes);
  }
  await closeTable(table, directory, out);
  await out.append(marker("grainDirectory", directory.length / sectorSize));
  const directorySector = sectorOf(out);
  await out.append(directory);
  await out.append(endOfImage(image.capacity, directorySector));
}

async function closeTable(
  table: Table | undefined,
  directory: Buffer,
  out: Appender,
): Promise<void> {
  if (table === undefined) return;
  directory.writeUInt32LE(addressable(sectorOf(out) + 1), table.number * 4);
  await out.append(Buffer.concat([marker("grainTable", tableSectors), table.entries]));
}

function sectorOf({ position }: Appender): number {
  return position / sectorSize;
}

function addressable(sector: number): number {
  if (sector <= mostSectors) return sector;
  throw new StylusError("convert.failed", {
    what: "The VMDK would be larger than 2 TiB.",
    why: "A streamOptimized VMDK addresses its parts by sector numbers of 32 bits.",
    next: "Publish this disk as `qcow2` or `raw`, or reduce its data.",
  });
}

interface HashedOutput extends Appender {
  /** SHA-256 of all appended bytes. */
  readonly digest: () => string;
}

/** Appends to a new file and hashes the bytes. Does not use the file's own position. */
export function hashedOutput(handle: FileHandle): HashedOutput {
  const digest = createHash("sha256");
  let position = 0;
  return {
    get position() {
      return position;
    },
    async append(bytes) {
      // Hash while the kernel writes.
      const written = writeWhole(handle, bytes, position);
      digest.update(bytes);
      position += bytes.length;
      await written;
    },
    digest: () => digest.digest("hex"),
  };
}
