import assert from "node:assert/strict";
import { blockChunks, type Extent } from "../../../../provider/system/files/extents";

const chunks = (extents: readonly Extent[], fileSize = 1000) =>
  [...blockChunks(extents, { blockSize: 10, chunkSize: 30, fileSize })].map(({ start, length }) => [
    start,
    length,
  ]);

describe("blockChunks", () => {
  it("widens extents to whole blocks", () => {
    assert.deepEqual(chunks([{ start: 13, length: 4 }]), [[10, 10]]);
  });

  it("reads a block that two extents share only once", () => {
    const shared = [
      { start: 3, length: 1 },
      { start: 7, length: 5 },
      { start: 15, length: 1 },
    ];
    assert.deepEqual(chunks(shared), [
      [0, 10],
      [10, 10],
    ]);
  });

  it("divides a long extent", () => {
    assert.deepEqual(chunks([{ start: 0, length: 70 }]), [
      [0, 30],
      [30, 30],
      [60, 10],
    ]);
  });

  it("ends at the end of the file", () => {
    assert.deepEqual(chunks([{ start: 0, length: 512 }], 15), [[0, 15]]);
    assert.deepEqual(chunks([{ start: 0, length: 0 }], 0), []);
  });
});
