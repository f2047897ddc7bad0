import assert from "node:assert/strict";
import { inflateRawSync, zstdDecompressSync } from "node:zlib";

const cluster = 65_536;

/** A qcow2 file as its specification defines it, read without the code that writes it. */
export interface ReadQcow2 {
  readonly version: number;
  readonly virtualSize: number;
  readonly headerLength: number;
  readonly incompatible: bigint;
  readonly compressionType: number;
  /** Clusters of the disk that the file contains, by number. */
  readonly clusters: ReadonlyMap<number, Buffer>;
  /** Numbers of the uncompressed clusters. */
  readonly plain: readonly number[];
  readonly tables: number;
}

/** Reads a small file, and asserts that the reference count of each cluster matches its uses. */
export function readQcow2(file: Buffer): ReadQcow2 {
  const u64 = (at: number) => Number(file.readBigUInt64BE(at));
  assert.equal(file.subarray(0, 4).toString("latin1"), "QFI\xfb");
  assert.equal(file.readUInt32BE(20), 16, "cluster_bits");
  assert.equal(file.readUInt32BE(96), 4, "refcount_order");
  for (const [at, length] of [
    [8, 12],
    [32, 4],
    [60, 12],
    [80, 16],
  ] as const) {
    assert.ok(
      file.subarray(at, at + length).every((byte) => byte === 0),
      `header at ${at}`,
    );
  }
  const headerLength = file.readUInt32BE(100);
  const compressionType = headerLength > 104 ? file.readUInt8(104) : 0;
  const inflate = (bytes: Buffer) =>
    compressionType === 0
      ? inflateRawSync(bytes, { windowBits: 12 })
      : zstdDecompressSync(firstFrame(bytes));

  const uses = new Map<number, number>();
  const use = (start: number, length: number) => {
    for (let at = Math.floor(start / cluster); at * cluster < start + length; at += 1) {
      uses.set(at, (uses.get(at) ?? 0) + 1);
    }
  };
  const address = (entry: bigint) => {
    assert.equal(entry >> 63n, 1n, "an entry that is the only one carries bit 63");
    const offset = Number(entry & 0x00ff_ffff_ffff_fe00n);
    assert.equal(offset % cluster, 0);
    assert.equal(entry, BigInt(offset) | (1n << 63n));
    return offset;
  };

  const clusters = new Map<number, Buffer>();
  const plain: number[] = [];
  let tables = 0;
  const readEntry = (index: number, entry: bigint) => {
    if (entry === 0n) return;
    if ((entry & (1n << 62n)) === 0n) {
      const offset = address(entry);
      use(offset, cluster);
      plain.push(index);
      clusters.set(index, file.subarray(offset, offset + cluster));
      return;
    }
    const offset = Number(entry & ((1n << 54n) - 1n));
    const sectors = Number((entry >> 54n) & 0xffn) + 1;
    const length = sectors * 512 - (offset % 512);
    assert.ok(offset + length <= file.length);
    use(offset, length);
    clusters.set(index, inflate(file.subarray(offset, offset + length)));
  };

  use(0, cluster);
  const [l1Entries, l1Offset] = [file.readUInt32BE(36), u64(40)];
  use(l1Offset, 8 * l1Entries);
  for (let table = 0; table < l1Entries; table += 1) {
    const entry = file.readBigUInt64BE(l1Offset + 8 * table);
    if (entry === 0n) continue;
    tables += 1;
    const offset = address(entry);
    use(offset, cluster);
    for (let at = 0; at < 8192; at += 1) {
      readEntry(8192 * table + at, file.readBigUInt64BE(offset + 8 * at));
    }
  }

  const [tableOffset, tableClusters] = [u64(48), file.readUInt32BE(56)];
  use(tableOffset, tableClusters * cluster);
  const counted = new Map<number, number>();
  for (let block = 0; block < (tableClusters * cluster) / 8; block += 1) {
    const offset = u64(tableOffset + 8 * block);
    if (offset === 0) continue;
    use(offset, cluster);
    for (let at = 0; at < cluster / 2; at += 1) {
      const count = file.readUInt16BE(offset + 2 * at);
      if (count > 0) counted.set((block * cluster) / 2 + at, count);
    }
  }
  const inOrder = (map: Map<number, number>) => [...map].sort(([one], [other]) => one - other);
  assert.deepEqual(inOrder(counted), inOrder(uses), "refcounts");
  assert.equal(Math.max(...uses.keys()) + 1, file.length / cluster, "nothing behind the last");

  return {
    version: file.readUInt32BE(4),
    virtualSize: u64(24),
    headerLength,
    incompatible: file.readBigUInt64BE(72),
    compressionType,
    clusters,
    plain,
    tables,
  };
}

/** The zstd frame (RFC 8878) at the beginning of the bytes; the rest of the sector belongs to another cluster. */
function firstFrame(bytes: Buffer): Buffer {
  assert.equal(bytes.readUInt32LE(0), 0xfd2fb528);
  const descriptor = bytes.readUInt8(4);
  assert.equal(descriptor & 0b111, 0, "neither checksum nor dictionary");
  const single = (descriptor >> 5) & 1;
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (1 - single) + sizeBytes;
  for (let last = false; !last;) {
    const block = bytes.readUIntLE(at, 3);
    last = (block & 1) === 1;
    const isRepeated = ((block >> 1) & 3) === 1;
    at += 3 + (isRepeated ? 1 : block >> 3);
  }
  return bytes.subarray(0, at);
}
