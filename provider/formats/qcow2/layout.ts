import { GiB, MiB } from "../../base/size";

/*
 * The numbers of a qcow2 file of version 3, from QEMU's docs/interop/qcow2.txt: clusters of 64 KiB
 * and refcounts of 16 bits, as `qemu-img` makes them unless told otherwise.
 */
const clusterBits = 16;
export const clusterSize = 2 ** clusterBits;
export const entriesPerTable = clusterSize / 8;
/** Bytes of the disk that one L2 table maps. */
export const bytesPerTable = 512 * MiB;
/** Bytes of the file that one refcount block covers. */
const bytesPerRefcountBlock = 2 * GiB;

const refcountOrder = 4;
const compressionTypeBit = 8n;
const exactlyOneReference = 1n << 63n;
const compressedFlag = 1n << 62n;
/**
 * Number of bits for the offset in a compressed cluster's descriptor. The bits above them hold the
 * length.
 */
const offsetBits = BigInt(62 - (clusterBits - 8));

interface Qcow2Header {
  /** In bytes, a multiple of 512. */
  readonly virtualSize: number;
  readonly compression: "zlib" | "zstd";
  readonly l1Offset: number;
  readonly l1Entries: number;
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
}

/** The first cluster of the file. */
export function headerCluster(header: Qcow2Header): Buffer {
  const bytes = Buffer.alloc(clusterSize);
  const zstd = header.compression === "zstd";
  bytes.write("QFI\xfb", 0, "latin1");
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(clusterBits, 20);
  bytes.writeBigUInt64BE(BigInt(header.virtualSize), 24);
  bytes.writeUInt32BE(header.l1Entries, 36);
  bytes.writeBigUInt64BE(BigInt(header.l1Offset), 40);
  bytes.writeBigUInt64BE(BigInt(header.refcountTableOffset), 48);
  bytes.writeUInt32BE(header.refcountTableClusters, 56);
  bytes.writeBigUInt64BE(zstd ? compressionTypeBit : 0n, 72);
  bytes.writeUInt32BE(refcountOrder, 96);
  // Omit the compression type for zlib: older readers expect a header of 104 bytes.
  bytes.writeUInt32BE(zstd ? 112 : 104, 100);
  if (zstd) bytes.writeUInt8(1, 104);
  return bytes;
}

/**
 * An entry of L1 for a table, or of L2 for an uncompressed cluster. `offset` must be aligned to a
 * cluster.
 */
export function plainEntry(offset: number): bigint {
  return BigInt(offset) | exactlyOneReference;
}

/** An entry of L2 for compressed data. The length is in sectors beyond the first. */
export function compressedEntry(offset: number, length: number): bigint {
  const moreSectors = Math.floor((offset + length - 1) / 512) - Math.floor(offset / 512);
  return compressedFlag | (BigInt(moreSectors) << offsetBits) | BigInt(offset);
}

/** Reference counts of the file's clusters: two bytes per 64 KiB written. */
interface Refcounts {
  /** Adds one reference to each cluster that the bytes touch. */
  readonly use: (offset: number, length: number) => void;
  /**
   * The refcount table and its blocks, which count themselves too, for the position `end` (aligned
   * to a cluster).
   */
  readonly close: (end: number) => RefcountTables;
}

interface RefcountTables {
  readonly tableOffset: number;
  readonly tableClusters: number;
  readonly bytes: Buffer;
}

export function countReferences(): Refcounts {
  let counts = new Uint16Array(1024);
  const use = (offset: number, length: number) => {
    const last = Math.floor((offset + length - 1) / clusterSize);
    if (last >= counts.length) {
      const longer = new Uint16Array(Math.max(2 * counts.length, last + 1));
      longer.set(counts);
      counts = longer;
    }
    for (let at = Math.floor(offset / clusterSize); at <= last; at += 1) {
      counts[at] = (counts[at] ?? 0) + 1;
    }
  };
  const close = (end: number): RefcountTables => {
    const { tableClusters, blocks } = tablesFor(end);
    const length = (tableClusters + blocks) * clusterSize;
    for (let at = end; at < end + length; at += clusterSize) use(at, clusterSize);
    const bytes = Buffer.alloc(length);
    for (let block = 0; block < blocks; block += 1) {
      const offset = end + (tableClusters + block) * clusterSize;
      bytes.writeBigUInt64BE(BigInt(offset), 8 * block);
    }
    const used = (end + length) / clusterSize;
    const first = tableClusters * clusterSize;
    for (let at = 0; at < used; at += 1) bytes.writeUInt16BE(counts[at] ?? 0, first + 2 * at);
    return { tableOffset: end, tableClusters, bytes };
  };
  return { use, close };
}

/** The refcount blocks cover themselves and the table, so their number depends on itself. */
function tablesFor(end: number): { readonly tableClusters: number; readonly blocks: number } {
  let blocks = 0;
  let tableClusters = 0;
  for (;;) {
    const total = end + (blocks + tableClusters) * clusterSize;
    const needed = Math.ceil(total / bytesPerRefcountBlock);
    if (needed === blocks) return { tableClusters, blocks };
    blocks = needed;
    tableClusters = Math.ceil((8 * blocks) / clusterSize);
  }
}
