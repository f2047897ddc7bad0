import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { packQcow2, type PackedCluster } from "../../../../provider/formats/qcow2/pack";
import { GiB, KiB, MiB } from "../../../../provider/base/size";
import { seeded } from "../../../real/formats/vmdk/disks";
import { readQcow2 } from "./reader";

const size = 64 * KiB;

async function pack(
  virtualSize: number,
  clusters: Iterable<PackedCluster>,
  compression: "zlib" | "zstd" = "zlib",
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const append = (bytes: Uint8Array) => {
    parts.push(Buffer.from(bytes));
    return Promise.resolve();
  };
  const packer = packQcow2({ virtualSize, compression, append });
  for (const cluster of clusters) await packer.add(cluster);
  const header = await packer.finish();
  return Buffer.concat([header, ...parts]);
}

/** A cluster whose first `noise` bytes do not compress. */
function content(next: () => number, noise: number): Buffer {
  const bytes = Buffer.alloc(size, "qcow2 ");
  for (let at = 0; at < noise; at += 1) bytes[at] = next() * 256;
  return bytes;
}

function packed(index: number, disk: Buffer): PackedCluster {
  const bytes = deflateRawSync(disk, { windowBits: 12 });
  const compressed = bytes.length < size;
  return { index, compressed, bytes: compressed ? bytes : disk };
}

describe("packing a qcow2 file", () => {
  it("lays a disk of one compressed cluster out as header, data, L2, L1, refcounts", async () => {
    const disk = content(seeded(1), 100);
    const cluster = packed(3, disk);
    const file = await pack(MiB, [cluster]);
    assert.equal(file.length, 6 * size);
    const header = Buffer.alloc(size);
    header.set(
      Buffer.from(
        [
          "514649fb00000003", // magic, version
          "00000000000000000000000000000010", // no backing file, cluster_bits
          "0000000000100000", // size
          "00000000", // no encryption
          "000000010000000000030000", // L1: entries, offset
          "000000000004000000000001", // refcount table: offset, clusters
          "000000000000000000000000", // no snapshots
          "000000000000000000000000000000000000000000000000", // no features
          "0000000400000068", // refcount_order, header_length
        ].join(""),
        "hex",
      ),
    );
    assert.deepEqual(file.subarray(0, size), header);
    assert.deepEqual(file.subarray(size, size + cluster.bytes.length), Buffer.from(cluster.bytes));
    const sectors = BigInt(Math.ceil(cluster.bytes.length / 512) - 1);
    const entry = (1n << 62n) | (sectors << 54n) | BigInt(size);
    assert.equal(file.readBigUInt64BE(2 * size + 3 * 8), entry);
    assert.equal(file.readBigUInt64BE(3 * size), (1n << 63n) | BigInt(2 * size));
    assert.equal(file.readBigUInt64BE(4 * size), BigInt(5 * size));
    const counts = Array.from({ length: 8 }, (_, at) => file.readUInt16BE(5 * size + 2 * at));
    assert.deepEqual(counts, [1, 1, 1, 1, 1, 1, 0, 0]);
    assert.deepEqual([...readQcow2(file).clusters], [[3, disk]]);
  });

  for (const [compression, headerLength, incompatible, compressionType] of [
    ["zlib", 104, 0n, 0],
    ["zstd", 112, 8n, 1],
  ] as const) {
    it(`says ${compression} where readers look for it`, async () => {
      const read = readQcow2(await pack(5 * MiB, [], compression));
      assert.deepEqual(
        [read.version, read.virtualSize, read.headerLength, read.incompatible],
        [3, 5 * MiB, headerLength, incompatible],
      );
      assert.equal(read.compressionType, compressionType);
      assert.equal(read.clusters.size, 0);
    });
  }

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`counts every cluster exactly, and gives every one back (layout ${seed})`, async () => {
      const next = seeded(seed);
      const disk = new Map<number, Buffer>();
      const dense = next() * 6000;
      for (let index = 0; disk.size < 250; index += 1 + Math.floor(next() * next() * dense)) {
        disk.set(index, content(next, next() < 0.4 ? size : next() * 20_000));
      }
      const last = Math.max(...disk.keys());
      const clusters = [...disk].map(([index, bytes]) => packed(index, bytes));
      const file = await pack((last + 1) * size, clusters);
      const read = readQcow2(file);
      assert.deepEqual([...read.clusters], [...disk]);
      assert.deepEqual(
        read.plain,
        clusters.filter(({ compressed }) => !compressed).map(({ index }) => index),
      );
      assert.equal(read.tables, new Set([...disk.keys()].map((it) => Math.floor(it / 8192))).size);
    });
  }

  it("loses hardly anything between compressed data and clusters stored as they are", async () => {
    const next = seeded(9);
    const clusters = Array.from({ length: 600 }, (_, index) =>
      packed(index, content(next, index % 2 === 0 ? size : 9000)),
    );
    const file = await pack(600 * size, clusters);
    const needed = clusters.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const tables = 5 * size;
    assert.ok(file.length - tables - needed < size + needed * 0.003);
    readQcow2(file);
  });

  it("counts a cluster that thousands share", async () => {
    const cluster = packed(0, content(seeded(1), 0));
    assert.ok(cluster.bytes.length < 200);
    const many = Array.from({ length: 5000 }, (_, index) => ({ ...cluster, index }));
    assert.equal(readQcow2(await pack(GiB, many)).clusters.size, 5000);
  });

  it("gives the memory of a cluster back when it is written, and not before", async () => {
    const waiting = new Set<number>();
    let most = 0;
    const disk = content(seeded(1), size);
    function* clusters(): Generator<PackedCluster> {
      yield packed(0, content(seeded(1), 5));
      for (let index = 1; index < 300; index += 1) {
        waiting.add(index);
        most = Math.max(most, waiting.size);
        const written = () => waiting.delete(index);
        yield { index, compressed: false, bytes: disk, written };
      }
    }
    await pack(300 * size, clusters());
    assert.equal(waiting.size, 0);
    assert.equal(most, 64);
  });
});
