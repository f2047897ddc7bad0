import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { run } from "../process/run";

const sector = 512;

/**
 * Checks the GUID partition table: the primary one and its backup in the last sector must agree and have correct
 * checksums (UEFI specification, section 5.3).
 */
export async function guidTable(
  handle: FileHandle,
  sizeBytes: number,
): Promise<"none" | "sound" | "damaged"> {
  const last = Math.floor(sizeBytes / sector) - 1;
  const [front, back] = [await readHeader(handle, 1), await readHeader(handle, last)];
  if (front === undefined && back === undefined) return "none";
  if (front?.isSound !== true || back?.isSound !== true) return "damaged";
  return front.other === last && back.other === 1 && front.entries === back.entries
    ? "sound"
    : "damaged";
}

interface Header {
  /** Sector of the other copy. */
  readonly other: number;
  /** Checksum of the list of partitions. */
  readonly entries: number;
  readonly isSound: boolean;
}

async function readHeader(handle: FileHandle, at: number): Promise<Header | undefined> {
  const header = await read(handle, at * sector, sector);
  if (header.toString("latin1", 0, 8) !== "EFI PART") return undefined;
  const [size, own] = [header.readUInt32LE(12), header.readUInt32LE(16)];
  const [count, entrySize] = [header.readUInt32LE(80), header.readUInt32LE(84)];
  const entries = header.readUInt32LE(88);
  header.writeUInt32LE(0, 16);
  const list = count * entrySize <= largestList ? count * entrySize : 0;
  const bytes = await read(handle, Number(header.readBigUInt64LE(72)) * sector, list);
  return {
    other: Number(header.readBigUInt64LE(32)),
    entries,
    isSound: crc32(header.subarray(0, Math.min(size, sector))) === own && crc32(bytes) === entries,
  };
}

/** Limit for the list of a damaged header; 128 entries of 128 bytes are usual. */
const largestList = 1024 * 1024;

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  // A damaged header may point beyond the end of the file.
  if (Number.isSafeInteger(position)) await handle.read(buffer, 0, length, position);
  return buffer;
}

/** A partition of a hybrid ISO, in bytes from its beginning. */
export interface IsoPartition {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

const tableSchema = z.object({
  partitiontable: z.object({
    partitions: z
      .array(z.object({ start: z.number(), size: z.number(), type: z.string() }))
      .default([]),
  }),
});

/** The partitions that firmware finds on a USB stick with that ISO; none for a plain CD image. */
export async function readIsoPartitions(
  path: string,
  signal: AbortSignal,
): Promise<readonly IsoPartition[]> {
  // 1: there is no partition table.
  const options = { signal, code: "convert.failed", accepted: [0, 1] } as const;
  const { stdout, exitCode } = await run("sfdisk", ["--json", path], options);
  if (exitCode !== 0) return [];
  const { partitions } = tableSchema.parse(JSON.parse(stdout)).partitiontable;
  return partitions.map(({ start, size, type }) => ({
    start: start * sector,
    end: (start + size) * sector,
    type,
  }));
}

/** The end of the backup of a GUID partition table (UEFI specification, table 5-5: the alternate LBA); undefined without one. */
export async function backupTableEnd(path: string): Promise<number | undefined> {
  const handle = await open(path, "r");
  try {
    const header = Buffer.alloc(sector);
    await handle.read(header, 0, sector, sector);
    if (header.toString("latin1", 0, 8) !== "EFI PART") return undefined;
    return (Number(header.readBigUInt64LE(32)) + 1) * sector;
  } finally {
    await handle.close();
  }
}
