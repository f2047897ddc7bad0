import assert from "node:assert/strict";
import { hasChanged } from "../../../../provider/agent/machine/screenshots";

describe("hasChanged", () => {
  const screen = (...cells: readonly number[]) => {
    const picture = Buffer.alloc(80 * 25 * 8 * 16 * 3, 7);
    for (const cell of cells) {
      // A text cell: 16 rows of 8 pixels.
      for (let row = 0; row < 16; row += 1) {
        const start = (Math.floor(cell / 80) * 16 + row) * 80 * 8 * 3 + (cell % 80) * 8 * 3;
        picture.fill(200, start, start + 8 * 3);
      }
    }
    return picture;
  };

  it("sees no change between identical screens", () =>
    assert.equal(hasChanged(screen(3), screen(3)), false));
  it("ignores a blinking cursor", () => {
    assert.equal(hasChanged(screen(), screen(81)), false);
    assert.equal(hasChanged(screen(81), screen()), false);
  });
  it("sees a cursor that has moved", () => assert.equal(hasChanged(screen(81), screen(82)), true));
  it("sees two characters", () => assert.equal(hasChanged(screen(), screen(5, 6)), true));
  it("sees another resolution", () => assert.equal(hasChanged(screen(), Buffer.alloc(12)), true));
  it("sees no change without a screen", () =>
    assert.equal(hasChanged(Buffer.alloc(0), Buffer.alloc(0)), false));
});
