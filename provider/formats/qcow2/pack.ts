import {
  bytesPerTable,
  clusterSize,
  compressedEntry,
  countReferences,
  entriesPerTable,
  headerCluster,
  plainEntry,
} from "./layout";

/** A cluster of the disk that is not all zero. */
export interface PackedCluster {
  /** Its index on the disk. */
  readonly index: number;
  /**
   * The compressed data, or the whole cluster. Nobody may change the bytes before `written` is
   * called.
   */
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
  /** Called when the bytes are no longer needed. */
  readonly written?: () => void;
}

export interface Packer {
  /** Adds a cluster; in the order of the disk. */
  readonly add: (cluster: PackedCluster) => Promise<void>;
  /** Writes the tables and returns the cluster for offset 0. */
  readonly finish: () => Promise<Buffer>;
}

export interface PackOptions {
  /** In bytes, a multiple of 512. */
  readonly virtualSize: number;
  readonly compression: "zlib" | "zstd";
  /** Appends to the file, from its second cluster on. The bytes may be reused when it resolves. */
  readonly append: (bytes: Uint8Array) => Promise<void>;
}

/** Data that must start at a cluster boundary and waits for one. */
interface Aligned {
  readonly bytes: Uint8Array;
  readonly placed: (offset: number) => void;
  readonly written?: (() => void) | undefined;
}

const zeros = Buffer.alloc(clusterSize);
/** In bytes: 4 MiB. */
const mostWaiting = 64;
/** Accepted padding in bytes per waiting cluster: 0.2 % of a cluster. */
const paddingEach = 128;

/**
 * Lays out a qcow2 file. Compressed clusters follow each other without padding. Uncompressed
 * clusters and L2 tables wait until the compressed data ends close before a cluster boundary, so
 * that little padding is lost; `qemu-img` loses half a cluster at each change between the two
 * kinds.
 */
export function packQcow2({ virtualSize, compression, append }: PackOptions): Packer {
  const l1Entries = Math.max(1, Math.ceil(virtualSize / bytesPerTable));
  const l1 = Buffer.alloc(Math.ceil((8 * l1Entries) / clusterSize) * clusterSize);
  const refcounts = countReferences();
  refcounts.use(0, clusterSize);
  let end = clusterSize;
  let waiting: Aligned[] = [];
  let table: { readonly index: number; readonly bytes: Buffer } | undefined;

  const put = async (bytes: Uint8Array) => {
    await append(bytes);
    end += bytes.length;
  };
  const putAligned = async (bytes: Uint8Array) => {
    refcounts.use(end, bytes.length);
    await put(bytes);
  };
  const flush = async () => {
    await put(zeros.subarray(0, paddingAt(end)));
    const all = waiting;
    waiting = [];
    for (const { bytes, placed, written } of all) {
      // Update the entry first: the waiting data may be the table that it belongs to.
      placed(end);
      await putAligned(bytes);
      written?.();
    }
  };
  const closeTable = () => {
    if (table === undefined) return;
    const { index, bytes } = table;
    const placed = (offset: number) => l1.writeBigUInt64BE(plainEntry(offset), 8 * index);
    waiting.push({ bytes, placed });
    table = undefined;
  };
  const tableOf = (cluster: number) => {
    const index = Math.floor(cluster / entriesPerTable);
    if (table?.index === index) return table.bytes;
    closeTable();
    table = { index, bytes: Buffer.alloc(clusterSize) };
    return table.bytes;
  };

  const add = async ({ index, bytes, compressed, written }: PackedCluster) => {
    const entries = tableOf(index);
    const place = 8 * (index % entriesPerTable);
    if (compressed) {
      refcounts.use(end, bytes.length);
      entries.writeBigUInt64BE(compressedEntry(end, bytes.length), place);
      await put(bytes);
      written?.();
    } else {
      const placed = (offset: number) => entries.writeBigUInt64BE(plainEntry(offset), place);
      waiting.push({ bytes, placed, written });
    }
    const bearable =
      waiting.length >= mostWaiting || paddingAt(end) <= paddingEach * waiting.length;
    if (waiting.length > 0 && bearable) await flush();
  };

  const finish = async () => {
    closeTable();
    await flush();
    const l1Offset = end;
    await putAligned(l1);
    const { tableOffset, tableClusters, bytes } = refcounts.close(end);
    await put(bytes);
    return headerCluster({
      virtualSize,
      compression,
      l1Offset,
      l1Entries,
      refcountTableOffset: tableOffset,
      refcountTableClusters: tableClusters,
    });
  };
  return { add, finish };
}

function paddingAt(offset: number): number {
  return (clusterSize - (offset % clusterSize)) % clusterSize;
}
