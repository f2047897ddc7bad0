import { StylusError } from "../../base/errors";

/**
 * The parts of a streamOptimized VMDK (VMware's "Virtual Disk Format 5.0"). Offsets and sizes
 * within the file are in sectors of 512 bytes; numbers are little-endian.
 */
export const sectorSize = 512;
export const grainSectors = 128;
export const grainSize = grainSectors * sectorSize;
/** Entries of a grain table, each a u32. A table maps 32 MiB of the disk. */
export const tableEntries = 512;
/** Sectors in front of the first grain. */
export const overheadSectors = 128;
/** Bytes in front of a grain's data: its sector (u64) and its compressed size (u32). */
export const grainMarkerSize = 12;

const descriptorSectors = 20;
const heads = 255;
const sectorsPerTrack = 63;
const mostCylinders = 65_535;
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
/** Flags: valid newline test, compressed grains, markers. */
const flags = 0x3_0001;
const deflated = 1;

const markerTypes = { endOfStream: 0, grainTable: 1, grainDirectory: 2, footer: 3 } as const;

export interface ImageIdentity {
  /** Size of the disk in sectors. */
  readonly capacity: number;
  /** 64 hexadecimal digits. The content IDs are derived from it. */
  readonly contentDigest: string;
}

/** All bytes in front of the first grain: header and descriptor. */
export function startOfImage(image: ImageIdentity): Buffer {
  const start = Buffer.alloc(overheadSectors * sectorSize);
  header(image.capacity, directoryAtEnd).copy(start);
  start.write(descriptor(image), sectorSize, "latin1");
  return start;
}

/**
 * The footer, whose header has the position of the grain directory, and the end-of-stream marker.
 */
export function endOfImage(capacity: number, directorySector: number): Buffer {
  return Buffer.concat([
    marker("footer", 1),
    header(capacity, BigInt(directorySector)),
    marker("endOfStream", 0),
  ]);
}

/**
 * The marker in front of a table, the directory or the footer: its length in sectors and its type.
 */
export function marker(type: keyof typeof markerTypes, sectors: number): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(markerTypes[type], 12);
  return bytes;
}

function header(capacity: number, directory: bigint): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  bytes.write("KDMV", 0, "latin1");
  bytes.writeUInt32LE(3, 4);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeBigUInt64LE(BigInt(capacity), 12);
  bytes.writeBigUInt64LE(BigInt(grainSectors), 20);
  // The descriptor follows the header.
  bytes.writeBigUInt64LE(1n, 28);
  bytes.writeBigUInt64LE(BigInt(descriptorSectors), 36);
  bytes.writeUInt32LE(tableEntries, 44);
  // Offset 48, the redundant directory, stays 0: a streamOptimized VMDK has none.
  bytes.writeBigUInt64LE(directory, 56);
  bytes.writeBigUInt64LE(BigInt(overheadSectors), 64);
  bytes.write("\n \r\n", 73, "latin1");
  bytes.writeUInt16LE(deflated, 77);
  return bytes;
}

/**
 * The adapter is lsilogic in every case, which also fits pvscsi. VMware writes this toolsVersion
 * for tools that it does not manage. The extent's name has no meaning in a file with an embedded
 * descriptor.
 */
export function descriptor({ capacity, contentDigest }: ImageIdentity): string {
  const { cid, longContentId } = contentIds(contentDigest);
  const cylinders = Math.min(mostCylinders, Math.ceil(capacity / (heads * sectorsPerTrack)));
  return `# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=${cid}
parentCID=ffffffff
createType="streamOptimized"

# Extent description
RW ${capacity} SPARSE "disk.vmdk"

# The Disk Data Base
#DDB

ddb.longContentID = "${longContentId}"
ddb.virtualHWVersion = "4"
ddb.geometry.cylinders = "${cylinders}"
ddb.geometry.heads = "${heads}"
ddb.geometry.sectors = "${sectorsPerTrack}"
ddb.adapterType = "lsilogic"
ddb.toolsVersion = "2147483647"
`;
}

/**
 * The CID is the first group of eight digits that does not mean "no parent" or "all zero"; 24 more
 * digits precede it in the long content ID.
 */
function contentIds(contentDigest: string): { cid: string; longContentId: string } {
  const parts = contentDigest.match(/.{8}/g) ?? [];
  const at = parts.findIndex((part) => part !== "ffffffff" && part !== "fffffffe");
  const cid = parts[at] ?? "00000000";
  const others = parts.filter((_, index) => index !== at);
  return { cid, longContentId: `${others.slice(0, 3).join("")}${cid}` };
}

/**
 * Fails unless the disk has whole sectors and at least one: readers take a VMDK of size 0 for a
 * bare descriptor.
 */
export function requireSectors(bytes: number): void {
  if (bytes > 0 && bytes % sectorSize === 0) return;
  throw new StylusError("input.invalid", {
    what: `A disk of ${bytes} bytes cannot be a VMDK.`,
    why: "A VMDK contains whole sectors of 512 bytes, and at least one.",
    next: "Set `machine.diskSize` to a multiple of 512 bytes, such as whole MiB.",
    problems: [{ path: "machine.diskSize", reason: "must be a multiple of 512 bytes for a VMDK" }],
  });
}
