import {
  bytesPerTable,
  clusterSize,
  compressedEntry,
  countReferences,
  entriesPerTable,
  headerCluster,
  plainEntry,
} from "./layout";

/** A cluster of the disk that is not all zeros. */
export interface PackedCluster {
  /** Its number on the disk. */
  readonly index: number;
  /** Of the compressed data, or of the whole cluster. Not changed by anybody until it is written. */
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
  /** Called when the bytes are not needed any more. */
  readonly written?: () => void;
}

export interface Packer {
  /** In the order of the disk. */
  readonly add: (cluster: PackedCluster) => Promise<void>;
  /** Writes the tables; the answer is the cluster to put at offset 0. */
  readonly finish: () => Promise<Buffer>;
}

export interface PackOptions {
  /** Bytes, a multiple of 512. */
  readonly virtualSize: number;
  readonly compression: "zlib" | "zstd";
  /** Takes the file from its second cluster on, in order; done with the bytes when it resolves. */
  readonly append: (bytes: Uint8Array) => Promise<void>;
}

/** Something that must start at a cluster's boundary, and so waits for one. */
interface Aligned {
  readonly bytes: Uint8Array;
  readonly placed: (offset: number) => void;
  readonly written?: (() => void) | undefined;
}

const zeros = Buffer.alloc(clusterSize);
/** 4 MiB. */
const mostWaiting = 64;
/** Bytes of padding that each of those waiting is worth: 0.2 % of it. */
const paddingEach = 128;

/**
 * Lays a qcow2 file out. Compressed data stands back to back. Clusters stored as they are, and L2
 * tables, wait until the compressed data happens to end close before a boundary, so that hardly
 * any padding is lost between the two kinds; `qemu-img` loses half a cluster at each change.
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
      // First: what waits behind may be the table that this changes.
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
