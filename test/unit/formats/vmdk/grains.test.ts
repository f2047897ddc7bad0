import assert from "node:assert/strict";
import { batchesOf } from "../../../../provider/formats/vmdk/grains";
import { GiB, KiB, MiB } from "../../../../provider/base/size";
import type { Extent } from "../../../../provider/system/files/extents";

const grain = 64 * KiB;

function batches(extents: readonly Extent[], diskSize = 100 * GiB) {
  return [...batchesOf(extents, diskSize)].map(({ table, pieces, length }) => {
    assert.equal(
      length,
      pieces.reduce((sum, piece) => sum + piece.length, 0),
    );
    return { table, pieces: pieces.map(({ start, length }) => [start, length]) };
  });
}

describe("batches of a VMDK", () => {
  it("are whole grains around the data", () => {
    assert.deepEqual(batches([{ start: grain + 7, length: 1 }]), [
      { table: 0, pieces: [[grain, grain]] },
    ]);
  });

  it("are 4 MiB at most", () => {
    assert.deepEqual(batches([{ start: 0, length: 9 * MiB }]), [
      { table: 0, pieces: [[0, 4 * MiB]] },
      { table: 0, pieces: [[4 * MiB, 4 * MiB]] },
      { table: 0, pieces: [[8 * MiB, MiB]] },
    ]);
  });

  it("end with the 32 MiB that a grain table describes", () => {
    assert.deepEqual(batches([{ start: 31 * MiB, length: 2 * MiB }]), [
      { table: 0, pieces: [[31 * MiB, MiB]] },
      { table: 1, pieces: [[32 * MiB, MiB]] },
    ]);
  });

  it("gather what lies scattered, and read no hole", () => {
    const scattered = Array.from({ length: 65 }, (_, at) => ({ start: at * 3 * grain, length: 9 }));
    const [first, second, ...more] = batches(scattered);
    assert.deepEqual(
      first?.pieces,
      scattered.slice(0, 64).map(({ start }) => [start, grain]),
    );
    assert.deepEqual(second?.pieces, [[64 * 3 * grain, grain]]);
    assert.deepEqual(more, []);
  });

  it("end with the disk, and are none for a hole", () => {
    const size = 2 * grain + 512;
    assert.deepEqual(batches([{ start: grain, length: grain + 512 }], size), [
      { table: 0, pieces: [[grain, grain + 512]] },
    ]);
    assert.deepEqual(batches([]), []);
  });
});
