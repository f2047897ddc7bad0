import assert from "node:assert/strict";
import { comparedPieces, isInside } from "../../../../provider/formats/vmdk/check";
import { GiB, KiB, MiB } from "../../../../provider/base/size";
import type { Extent } from "../../../../provider/system/files/extents";

const pieces = (extents: readonly Extent[], size = 2048 * GiB) => [
  ...comparedPieces({ extents, size }),
];

describe("the pieces in which a VMDK is compared", () => {
  it("are none for a disk without data", () => {
    assert.deepEqual(pieces([]), []);
  });

  it("are cut between grains, and end with the disk", () => {
    const size = MiB + 512;
    assert.deepEqual(pieces([{ start: 70 * KiB, length: 1 }], size), [
      { start: 64 * KiB, length: 64 * KiB },
    ]);
    assert.deepEqual(pieces([{ start: MiB, length: 512 }], size), [{ start: MiB, length: 512 }]);
  });

  it("leave long holes out and join what lies near", () => {
    const at = (start: number) => ({ start, length: MiB });
    assert.deepEqual(pieces([at(0), at(GiB), at(900 * GiB)]), [
      { start: 0, length: GiB + MiB },
      { start: 900 * GiB, length: MiB },
    ]);
  });

  it("are about one size, and not more than some hundred", () => {
    assert.deepEqual(
      pieces([{ start: 0, length: 300 * MiB }]).map(({ length }) => length / MiB),
      [128, 128, 44],
    );
    const many = pieces([{ start: 0, length: 500 * GiB }]);
    assert.equal(many.length, 100);
    assert.equal(
      many.reduce((sum, { length }) => sum + length, 0),
      500 * GiB,
    );
  });
});

describe("data inside the pieces", () => {
  const two = [
    { start: 10, length: 10 },
    { start: 20, length: 10 },
    { start: 50, length: 10 },
  ];
  for (const [start, length, expected] of [
    [10, 10, true],
    [12, 15, true],
    [9, 2, false],
    [25, 10, false],
    [25, 30, false],
    [55, 5, true],
    [40, 5, false],
  ] as const) {
    it(`${start}+${length}: ${String(expected)}`, () => {
      assert.equal(isInside({ start, length }, two), expected);
    });
  }
});
