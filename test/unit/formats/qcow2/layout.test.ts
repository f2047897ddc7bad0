import assert from "node:assert/strict";
import { compressedEntry, countReferences } from "../../../../provider/formats/qcow2/layout";
import { GiB, KiB, MiB } from "../../../../provider/base/size";

const size = 64 * KiB;

describe("a compressed cluster's entry", () => {
  for (const [offset, length, sectors] of [
    [65_536, 1, 0n],
    [65_536, 512, 0n],
    [65_536, 513, 1n],
    [66_047, 1, 0n],
    [66_047, 2, 1n],
    [131_071, 65_535, 128n],
    [2 ** 45 + 7, 65_535, 128n],
  ] as const) {
    it(`at byte ${offset} with ${length} bytes has ${sectors} sectors more than one`, () => {
      const entry = compressedEntry(offset, length);
      assert.equal(entry >> 62n, 1n);
      assert.equal((entry >> 54n) & 0xffn, sectors);
      assert.equal(entry & ((1n << 54n) - 1n), BigInt(offset));
    });
  }
});

describe("the refcounts of a qcow2 file", () => {
  for (const [end, tableClusters, blocks] of [
    [size, 1, 1],
    [2 * GiB - 2 * size, 1, 1],
    [2 * GiB - size, 1, 2],
    [2 * GiB, 1, 2],
    [40 * GiB - 3 * size, 1, 21],
  ] as const) {
    it(`of a file of ${end} bytes so far take ${blocks} blocks`, () => {
      const refcounts = countReferences();
      refcounts.use(0, end);
      const { tableOffset, tableClusters: clusters, bytes } = refcounts.close(end);
      assert.equal(tableOffset, end);
      assert.equal(clusters, tableClusters);
      assert.equal(bytes.length, (tableClusters + blocks) * size);
      const used = (end + bytes.length) / size;
      assert.ok(used <= blocks * (size / 2), "blocks for all");
      assert.ok(used > (blocks - 1) * (size / 2), "and not one more");
      const counts = bytes.subarray(tableClusters * size);
      for (let at = 0; at < counts.length / 2; at += 1) {
        if (counts.readUInt16BE(2 * at) !== (at < used ? 1 : 0)) assert.fail(`cluster ${at}`);
      }
      for (let block = 0; block < blocks; block += 1) {
        const offset = Number(bytes.readBigUInt64BE(8 * block));
        assert.equal(offset, end + (tableClusters + block) * size);
      }
      assert.equal(bytes.readBigUInt64BE(8 * blocks), 0n);
    });
  }

  it("counts every cluster that the bytes touch, once", () => {
    const refcounts = countReferences();
    for (const [offset, length] of [
      [0, size],
      [size, 1],
      [2 * size - 1, 2],
      [2 * size, size],
    ] as const) {
      refcounts.use(offset, length);
    }
    const { bytes } = refcounts.close(3 * size);
    const counts = Array.from({ length: 6 }, (_, at) => bytes.readUInt16BE(size + 2 * at));
    assert.deepEqual(counts, [1, 2, 2, 1, 1, 0]);
    assert.ok(bytes.length < MiB);
  });
});
