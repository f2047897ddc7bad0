import { open, type FileHandle } from "node:fs/promises";
import { readWhole } from "../system/files/read-extents";
import { grainSectors, grainSize, sectorSize, tableEntries } from "./vmdk/layout";

const headerAtEnd = 2 * sectorSize;
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
const tableBytes = 4 * tableEntries;

/**
 * Bytes of the disk's grains (64 KiB each) that a streamOptimized VMDK stores, which are those that
 * are not all zero. Read from the VMDK's tables, without reading the disk.
 */
export async function populatedBytes(vmdk: string, diskSize: number): Promise<number> {
  const handle = await open(vmdk, "r");
  try {
    const directory = await directoryOf(handle);
    let populated = 0;
    for (let table = 0; 4 * table < directory.length; table += 1) {
      const sector = directory.readUInt32LE(4 * table);
      if (sector === 0) continue;
      const entries = await readAt(handle, sector * sectorSize, tableBytes);
      for (let entry = 0; entry < tableEntries; entry += 1) {
        // 0 is a hole, 1 is a grain of zeros.
        if (entries.readUInt32LE(4 * entry) <= 1) continue;
        const start = (table * tableEntries + entry) * grainSize;
        populated += Math.max(0, Math.min(grainSize, diskSize - start));
      }
    }
    return populated;
  } finally {
    await handle.close();
  }
}

/** Reads the grain directory. Its length follows from the capacity in the VMDK's header. */
async function directoryOf(handle: FileHandle): Promise<Buffer> {
  const header = await readAt(handle, 0, sectorSize);
  const grains = Math.ceil(Number(header.readBigUInt64LE(12)) / grainSectors);
  const { size } = await handle.stat();
  const known = header.readBigUInt64LE(56);
  const sector =
    known === directoryAtEnd
      ? (await readAt(handle, size - headerAtEnd, sectorSize)).readBigUInt64LE(56)
      : known;
  return readAt(handle, Number(sector) * sectorSize, 4 * Math.ceil(grains / tableEntries));
}

async function readAt(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await readWhole(handle, { start, length }, buffer);
  return buffer;
}
