import { open, type FileHandle } from "node:fs/promises";
import { checkExt, listExt, readExtFile } from "./ext";
import { listFat } from "./fat";
import type { InstalledFile } from "./installed-file";
import { probeFileSystem, readTable, type FileSystem, type PartitionLocation } from "./partitions";

export interface InstalledPartition extends PartitionLocation {
  /** Absent if blkid recognises none. */
  readonly fileSystem?: FileSystem | undefined;
  /** Files of the first two levels of an ext file system, all files of a FAT one, none of others. */
  readonly files: readonly InstalledFile[];
  readonly health: "clean" | "damaged" | "not checked";
  /** Findings of the file system check. */
  readonly damage?: string | undefined;
}

/** The contents of an installed disk, without secrets: see `readInstalledConfiguration`. */
export interface DiskReport {
  readonly table: "gpt" | "dos" | "none";
  /** Whether there is code in the first sector and, with a GPT, in the BIOS boot partition. */
  readonly biosBootCode: boolean;
  /** In the order of the table; a file system without a table is partition 0. */
  readonly partitions: readonly InstalledPartition[];
}

const biosBootType = "21686148-6449-6E6F-744E-656564454649";

/** Inspects a raw disk without root and without mounting it. Never writes to it. */
export async function inspectInstalledDisk(path: string, signal: AbortSignal): Promise<DiskReport> {
  const { table, partitions: locations } = await readTable(path, signal);
  const partitions: InstalledPartition[] = [];
  for (const location of locations) {
    partitions.push(await inspectPartition(path, location, signal));
  }
  const handle = await open(path, "r");
  try {
    return { table, biosBootCode: await hasBiosBootCode(handle, locations), partitions };
  } finally {
    await handle.close();
  }
}

/** The configuration of the installed system, from COS_OEM. It holds tokens and passwords: never log it. */
export async function readInstalledConfiguration(
  path: string,
  report: DiskReport,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = "/90_custom.yaml";
  const oem = report.partitions.find(
    ({ fileSystem, files }) =>
      fileSystem?.label === "COS_OEM" && files.some((file) => file.path === name),
  );
  return oem === undefined ? undefined : readExtFile(path, oem.start, name, signal);
}

async function inspectPartition(
  path: string,
  location: PartitionLocation,
  signal: AbortSignal,
): Promise<InstalledPartition> {
  const fileSystem = await probeFileSystem(path, location, signal);
  const type = fileSystem?.type;
  if (type === "ext2" || type === "ext3" || type === "ext4") {
    const files = await listExt(path, location.start, signal);
    return { ...location, fileSystem, files, ...(await checkExt(path, location.start, signal)) };
  }
  const files = type === "vfat" ? await listFat(path, location.start, signal) : [];
  return { ...location, fileSystem, files, health: "not checked" };
}

async function hasBiosBootCode(
  handle: FileHandle,
  partitions: readonly PartitionLocation[],
): Promise<boolean> {
  const sector = await readSector(handle, 0);
  const signed = sector[510] === 0x55 && sector[511] === 0xaa;
  if (!signed || sector.subarray(0, 440).every((byte) => byte === 0)) return false;
  const secondStage = partitions.find(({ typeId }) => typeId === biosBootType);
  if (secondStage === undefined) return true;
  return (await readSector(handle, secondStage.start)).some((byte) => byte !== 0);
}

async function readSector(handle: FileHandle, offset: number): Promise<Buffer> {
  const buffer = Buffer.alloc(512);
  await handle.read(buffer, 0, buffer.length, offset);
  return buffer;
}
