import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { crc32Join, crc32Shift } from "../../../../provider/formats/stream/gzip";
import { randomBelow, randomBuffer, randomFrom } from "./random";

describe("crc32Join", () => {
  it("gives the sum of two parts as if they were one", () => {
    const random = randomFrom(1);
    for (let round = 0; round < 200; round += 1) {
      const first = randomBuffer(random, randomBelow(random, 300));
      const second = randomBuffer(random, randomBelow(random, 300));
      const joined = crc32Join(crc32(first), crc32(second), crc32Shift(second.length));
      assert.equal(joined, crc32(Buffer.concat([first, second])));
    }
  });

  it("reaches over lengths that no 32-bit number holds", () => {
    // 5 GiB as five times 1 GiB, and in one step.
    const GiB = 2 ** 30;
    let stepwise = crc32("start");
    for (let step = 0; step < 5; step += 1) stepwise = crc32Join(stepwise, 0, crc32Shift(GiB));
    assert.equal(crc32Join(crc32("start"), 0, crc32Shift(5 * GiB)), stepwise);
  });
});
