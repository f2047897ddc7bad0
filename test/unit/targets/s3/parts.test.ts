import assert from "node:assert/strict";
import { partSizeFor, partsInFlight, partsOf } from "../../../../provider/targets/s3/parts";
import { GiB, MiB } from "../../../../provider/base/size";

describe("parts of an upload", () => {
  it("are 32 MiB, at least 5 MiB, and never more than 10,000", () => {
    assert.equal(partSizeFor(10 * GiB), 32 * MiB);
    assert.equal(partSizeFor(10 * GiB, 8 * MiB), 8 * MiB);
    assert.equal(partSizeFor(10 * GiB, 1), 5 * MiB);
    for (const size of [625 * GiB, 625 * GiB + 1, 700 * GiB, 5000 * GiB]) {
      assert.ok(Math.ceil(size / partSizeFor(size)) <= 10_000, `${size}`);
    }
    assert.equal(partSizeFor(625 * GiB), 64 * MiB);
    assert.equal(partSizeFor(625 * GiB + 1), 65 * MiB);
  });

  it("cover the file without gap or overlap", () => {
    const parts = partsOf(13, 5);
    assert.deepEqual(parts, [
      { number: 1, offset: 0, length: 5 },
      { number: 2, offset: 5, length: 5 },
      { number: 3, offset: 10, length: 3 },
    ]);
    assert.equal(partsOf(10, 5).length, 2);
  });

  it("take no more than 128 MiB of memory in flight, unless one alone does", () => {
    assert.equal(partsInFlight(5 * MiB), 4);
    assert.equal(partsInFlight(32 * MiB), 4);
    assert.equal(partsInFlight(50 * MiB), 2);
    assert.equal(partsInFlight(1 * GiB), 1);
  });
});
