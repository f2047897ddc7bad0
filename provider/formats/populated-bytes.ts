import { open, type FileHandle } from "node:fs/promises";
import { readWhole } from "../system/files/read-extents";
import { grainSectors, grainSize, sectorSize, tableEntries } from "./vmdk/layout";

const headerAtEnd = 2 * sectorSize;
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
const tableBytes = 4 * tableEntries;

/**
 * Bytes of the grains (64 KiB of the disk) that a streamOptimized VMDK holds, which are those that are
 * not all zero. Its tables say so; the disk need not be read for it.
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
        // 0 is a hole, 1 a grain of zeros.
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

/** As long as the VMDK's own capacity asks for; that it is the disk's is checked elsewhere. */
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
