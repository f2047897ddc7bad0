import { bytesPerRefcountBlock, clusterSize } from "./layout";

/** How often each cluster of the file is used: two bytes for each 64 KiB written. */
export interface Refcounts {
  /** Counts one use more of each cluster that the bytes touch. */
  readonly use: (offset: number, length: number) => void;
  /** The refcount table and its blocks, counted themselves, as they follow at the aligned `end` of the file. */
  readonly close: (end: number) => RefcountTables;
}

export interface RefcountTables {
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

/** The blocks count themselves and the table, so their number depends on itself. */
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
