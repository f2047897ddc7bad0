import assert from "node:assert/strict";
import { sparseHeader } from "../../../../provider/formats/gce/sparse";
import { GiB } from "../../../../provider/base/size";

const run = (index: number) => ({ start: index * 0x20000, length: 0x10000 });
const runs = (count: number) => Array.from({ length: count }, (_, index) => run(index));
const text = (bytes: Buffer, at: number, length: number) =>
  bytes.toString("latin1", at, at + length);

describe("sparseHeader", () => {
  it("is of GNU's own type and dialect, with both sizes", () => {
    const header = sparseHeader("disk.raw", GiB, runs(2));
    assert.equal(header.length, 512);
    assert.equal(text(header, 0, 9), "disk.raw\0");
    assert.equal(text(header, 156, 1), "S");
    assert.equal(text(header, 257, 8), "ustar  \0");
    assert.equal(text(header, 124, 12), "00000400000\0", "bytes that are stored");
    assert.equal(text(header, 483, 12), "10000000000\0", "bytes of the disk");
  });

  it("lists the runs, and a run of nothing at the end of the disk", () => {
    const header = sparseHeader("disk.raw", GiB, runs(2));
    const octal = (at: number) => parseInt(text(header, at, 11), 8);
    assert.deepEqual([386, 398, 410, 422, 434, 446].map(octal), [
      0,
      0x10000,
      0x20000,
      0x10000,
      GiB,
      0,
    ]);
    assert.equal(text(header, 458, 24), "\0".repeat(24));
  });

  it("goes on in blocks of 21 runs after the first four", () => {
    const table: readonly [number, readonly number[]][] = [
      [3, [0]],
      [4, [1, 0]],
      [24, [1, 0]],
      [25, [1, 1, 0]],
      [45, [1, 1, 0]],
      [46, [1, 1, 1, 0]],
    ];
    for (const [count, flags] of table) {
      const header = sparseHeader("disk.raw", GiB, runs(count));
      assert.equal(header.length, 512 * flags.length, `${count} runs`);
      const found = flags.map((_, index) => header[512 * index + (index === 0 ? 482 : 504)]);
      assert.deepEqual(found, flags, `${count} runs`);
    }
  });

  it("writes places from 8 GiB on in binary", () => {
    const header = sparseHeader("disk.raw", 100 * GiB, [{ start: 9 * GiB, length: 9 * GiB }]);
    const nine = "800000000000000240000000";
    assert.equal(header.toString("hex", 386, 398), nine);
    assert.equal(header.toString("hex", 398, 410), nine);
    assert.equal(header.toString("hex", 124, 136), nine);
    assert.equal(header.toString("hex", 483, 495), "800000000000001900000000");
  });

  it("is summed with its map in it", () => {
    const header = sparseHeader("disk.raw", GiB, runs(4)).subarray(0, 512);
    const blank = Buffer.from(header).fill(" ", 148, 156);
    const sum = blank.reduce((total, byte) => total + byte, 0);
    assert.equal(text(header, 148, 6), sum.toString(8).padStart(6, "0"));
  });
});
