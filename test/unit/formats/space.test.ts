import assert from "node:assert/strict";
import { estimatedBytes } from "../../../provider/formats/space";
import { diskFormatSchema } from "../../../provider/spec/format-spec";

describe("estimatedBytes", () => {
  const cases = [
    ["raw", 0],
    [{ type: "raw", compression: "zstd" }, 450],
    ["qcow2", 450],
    [{ type: "qcow2", compression: "none" }, 1000],
    ["vmdk", 450],
    ["gce", 450],
    ["vhd", 1000],
    ["ova", 300],
    ["containerdisk", 300],
  ] as const;
  for (const [format, expected] of cases) {
    it(`of ${JSON.stringify(format)} from 1000 bytes of data or an artifact of 300`, () => {
      const bytes = estimatedBytes(diskFormatSchema.parse(format), {
        dataBytes: 1000,
        source: 300,
      });
      assert.equal(bytes, expected);
    });
  }
});
