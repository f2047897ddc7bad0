import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

const sector = 512;

/**
 * Whether a disk has a GUID partition table, and the same in front and in its last sector, each with its checksums
 * (UEFI specification, section 5.3).
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

/** What a damaged header may claim is not believed: 128 entries of 128 bytes are usual. */
const largestList = 1024 * 1024;

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  // Beyond the end there is nothing to read, whatever a damaged header says.
  if (Number.isSafeInteger(position)) await handle.read(buffer, 0, length, position);
  return buffer;
}
