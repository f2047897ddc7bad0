import { StylusError } from "../../base/errors";

/**
 * The parts of a streamOptimized VMDK, as VMware's "Virtual Disk Format 5.0" describes them. Offsets
 * and sizes inside the file are counted in sectors of 512 bytes, numbers are little endian.
 */
export const sectorSize = 512;
export const grainSectors = 128;
export const grainSize = grainSectors * sectorSize;
/** Entries of a grain table, each a u32: it describes 32 MiB of the disk. */
export const tableEntries = 512;
/** Sectors in front of the first grain. */
export const overheadSectors = 128;
/** Address, u64, and compressed size, u32, in front of a grain's data. */
export const grainMarkerSize = 12;

const descriptorSectors = 20;
const heads = 255;
const sectorsPerTrack = 63;
const mostCylinders = 65_535;
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
/** Its newline test is valid, grains are compressed, markers are there. */
const flags = 0x3_0001;
const deflated = 1;

const markerTypes = { endOfStream: 0, grainTable: 1, grainDirectory: 2, footer: 3 } as const;

export interface ImageIdentity {
  /** Size of the disk in sectors. */
  readonly capacity: number;
  /** 64 hexadecimal digits; the content IDs are drawn from it. */
  readonly contentDigest: string;
}

/** Everything in front of the first grain: the header and the descriptor. */
export function startOfImage(image: ImageIdentity): Buffer {
  const start = Buffer.alloc(overheadSectors * sectorSize);
  header(image.capacity, directoryAtEnd).copy(start);
  start.write(descriptor(image), sectorSize, "latin1");
  return start;
}

/** The footer, whose header knows where the directory is, and the end of the stream. */
export function endOfImage(capacity: number, directorySector: number): Buffer {
  return Buffer.concat([
    marker("footer", 1),
    header(capacity, BigInt(directorySector)),
    marker("endOfStream", 0),
  ]);
}

/** What stands before a table, the directory or the footer: its length in sectors, and its type. */
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
  // No redundant directory at 48: this kind of file has none.
  bytes.writeBigUInt64LE(directory, 56);
  bytes.writeBigUInt64LE(BigInt(overheadSectors), 64);
  bytes.write("\n \r\n", 73, "latin1");
  bytes.writeUInt16LE(deflated, 77);
  return bytes;
}

/**
 * Always lsilogic, which pvscsi takes as well; toolsVersion is what VMware writes for tools that it
 * does not manage; the name of the extent means nothing in a file that holds its own.
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

/** The first eight digits that are not read as "no parent" or "all zero", and 24 more in front of them. */
function contentIds(contentDigest: string): { cid: string; longContentId: string } {
  const parts = contentDigest.match(/.{8}/g) ?? [];
  const at = parts.findIndex((part) => part !== "ffffffff" && part !== "fffffffe");
  const cid = parts[at] ?? "00000000";
  const others = parts.filter((_, index) => index !== at);
  return { cid, longContentId: `${others.slice(0, 3).join("")}${cid}` };
}

/** A VMDK counts its disk in sectors, and readers take one of none for a descriptor. */
export function requireSectors(bytes: number): void {
  if (bytes > 0 && bytes % sectorSize === 0) return;
  throw new StylusError("input.invalid", {
    what: `A disk of ${bytes} bytes cannot be a VMDK.`,
    why: "A VMDK holds whole sectors of 512 bytes, and one at least.",
    next: "Set `machine.diskSize` to a multiple of 512 bytes, such as whole MiB.",
    problems: [{ path: "machine.diskSize", reason: "must be a multiple of 512 bytes for a VMDK" }],
  });
}
