import assert from "node:assert/strict";
import { duration, exactSize, moment } from "../../../provider/report/format";

describe("duration", () => {
  const durations: readonly (readonly [number, string])[] = [
    [0, "0.0 s"],
    [9.94, "9.9 s"],
    [10, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [83.4, "1 min 23 s"],
    [3600, "1 h"],
    [3725, "1 h 2 min"],
  ];
  for (const [seconds, text] of durations) {
    it(`is ${text} for ${seconds}`, () => assert.equal(duration(seconds), text));
  }
});

describe("exactSize", () => {
  it("gives both", () => assert.equal(exactSize(4_831_838_208), "4.5 GiB (4,831,838,208 bytes)"));
  it("writes a size below one KiB once", () => assert.equal(exactSize(512), "512 bytes"));
});

describe("moment", () => {
  it("stays in UTC", () =>
    assert.equal(moment("2026-11-25T17:54:18.123Z"), "2026-11-25 17:54:18 UTC"));
});
