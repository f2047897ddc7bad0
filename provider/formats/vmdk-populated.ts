import { open, type FileHandle } from "node:fs/promises";
import { readWhole } from "../system/extents-read";
import { grainSize, sectorSize, tableEntries } from "./vmdk-layout";

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
    const directory = await directoryOf(handle, diskSize);
    let populated = 0;
    for (let table = 0; 4 * table < directory.length; table += 1) {
      const sector = directory.readUInt32LE(4 * table);
      if (sector === 0) continue;
      const entries = await readAt(handle, sector * sectorSize, tableBytes);
      for (let entry = 0; entry < tableEntries; entry += 1) {
        // 0 is a hole, 1 a grain of zeros.
        if (entries.readUInt32LE(4 * entry) <= 1) continue;
        const start = (table * tableEntries + entry) * grainSize;
        populated += Math.min(grainSize, diskSize - start);
      }
    }
    return populated;
  } finally {
    await handle.close();
  }
}

async function directoryOf(handle: FileHandle, diskSize: number): Promise<Buffer> {
  const tables = Math.ceil(diskSize / grainSize / tableEntries);
  const first = (await readAt(handle, 0, sectorSize)).readBigUInt64LE(56);
  const { size } = await handle.stat();
  const sector =
    first === directoryAtEnd
      ? (await readAt(handle, size - headerAtEnd, sectorSize)).readBigUInt64LE(56)
      : first;
  return readAt(handle, Number(sector) * sectorSize, 4 * tables);
}

async function readAt(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await readWhole(handle, { start, length }, buffer);
  return buffer;
}
