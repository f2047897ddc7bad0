import assert from "node:assert/strict";
import { deflateRawSync, inflateRawSync, zstdDecompressSync } from "node:zlib";
import { deflateSample } from "../../../../provider/formats/deflate/sample";
import { clusterCompressor, compressorName } from "../../../../provider/formats/qcow2/compress";
import { KiB } from "../../../../provider/base/size";
import { seeded } from "../../../real/formats/vmdk/disks";

const size = 64 * KiB;

/** Clusters of all kinds from the samples, in random order. */
function* clusters(seed: number, count: number): Generator<Buffer> {
  const next = seeded(seed);
  const samples = Buffer.concat([...deflateSample(), Buffer.alloc(size)]);
  for (let made = 0; made < count; made += 1) {
    const start = Math.floor(next() * (samples.length - size));
    yield samples.subarray(start, start + size);
  }
}

for (const compression of ["zlib", "zstd"] as const) {
  describe(`compressing clusters with ${compression}`, () => {
    const expand = (bytes: Buffer) =>
      compression === "zlib" ? inflateRawSync(bytes) : zstdDecompressSync(bytes);

    it("gives each cluster a frame of its own, whatever was compressed before", async () => {
      const busy = clusterCompressor(compression);
      const first = new Map<string, Buffer>();
      for (const cluster of [...clusters(1, 150), ...clusters(1, 150)]) {
        const bytes = await busy.compress(cluster);
        assert.deepEqual(expand(bytes), cluster);
        const key = cluster.toString("latin1");
        const before = first.get(key);
        if (before !== undefined) assert.deepEqual(bytes, before);
        first.set(key, bytes);
      }
      busy.close();
      for (const cluster of clusters(1, 30)) {
        const fresh = clusterCompressor(compression);
        assert.deepEqual(await fresh.compress(cluster), first.get(cluster.toString("latin1")));
        fresh.close();
      }
    });

    it("keeps what it gave when it goes on", async () => {
      const compressor = clusterCompressor(compression);
      const given: Buffer[] = [];
      for (const cluster of clusters(2, 40)) given.push(await compressor.compress(cluster));
      compressor.close();
      assert.deepEqual(given.map(expand), [...clusters(2, 40)]);
    });

    it("is named after what it makes of a sample", async () => {
      const name = await compressorName(compression);
      assert.match(name, new RegExp(`^${compression} [0-9]\\S* level \\d \\([0-9a-f]{8}\\)$`));
      assert.equal(await compressorName(compression), name);
    });

    it("fails when it is closed, and does not hang", async () => {
      const compressor = clusterCompressor(compression);
      compressor.close();
      await assert.rejects(compressor.compress(Buffer.alloc(size, 1)));
    });
  });
}

describe("a cluster compressed with zlib", () => {
  it("repeats nothing from farther back than 4 KiB, where QEMU's window ends", async () => {
    const next = seeded(3);
    const noise = Buffer.from(Array.from({ length: 4500 }, () => next() * 256));
    const cluster = Buffer.alloc(size);
    for (let at = 0; at < size; at += noise.length) cluster.set(noise.subarray(0, size - at), at);
    const compressor = clusterCompressor("zlib");
    const bytes = await compressor.compress(cluster);
    compressor.close();
    assert.ok(bytes.length > 0.99 * size);
    assert.ok(deflateRawSync(cluster).length < 0.2 * size);
  });
});
