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

/** Where bytes are written one after the other. */
interface Appender {
  /** Bytes so far. */
  readonly position: number;
  readonly append: (bytes: Buffer) => Promise<void>;
}

/** Grains of one table, in the order of the disk, each with its marker and padded to whole sectors. */
export interface PackedGrains {
  /** Number of the table that describes them. */
  readonly table: number;
  /** Place of each in its table, and its length in the file. */
  readonly grains: readonly { readonly entry: number; readonly sectors: number }[];
  readonly bytes: Buffer;
}

interface Table {
  readonly number: number;
  readonly entries: Buffer;
}

const tableSectors = (tableEntries * 4) / sectorSize;
/** A table's entry and a directory's are sector numbers of 32 bits. */
const mostSectors = 0xffff_ffff;

/**
 * Writes a streamOptimized VMDK in one pass: each table follows the grains that it describes, the
 * directory follows the tables. A table without grains is left out.
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
    what: "The VMDK would become larger than 2 TiB.",
    why: "A streamOptimized VMDK finds its parts by sector numbers of 32 bits.",
    next: "Publish this disk as `qcow2` or `raw`, or put less data on it.",
  });
}

interface HashedOutput extends Appender {
  /** SHA-256 of all that was appended. */
  readonly digest: () => string;
}

/** Appends to a new file and hashes what it appends; the file's own position is not used. */
export function hashedOutput(handle: FileHandle): HashedOutput {
  const digest = createHash("sha256");
  let position = 0;
  return {
    get position() {
      return position;
    },
    async append(bytes) {
      // Hashed while the kernel takes the bytes.
      const written = writeWhole(handle, bytes, position);
      digest.update(bytes);
      position += bytes.length;
      await written;
    },
    digest: () => digest.digest("hex"),
  };
}
