import assert from "node:assert/strict";
import { formatOptions, formats } from "../../../provider/plan/formats";
import { formatNames } from "../../../provider/spec/names";

describe("formats", () => {
  it("knows every format by extension, media type and source", () => {
    assert.deepEqual(formats, {
      raw: {
        extension: "raw",
        mediaType: "application/octet-stream",
        source: "base disk",
        lossless: true,
      },
      qcow2: {
        extension: "qcow2",
        mediaType: "application/x-qemu-disk",
        source: "base disk",
        lossless: true,
      },
    });
    assert.deepEqual(Object.keys(formats).sort(), [...formatNames].sort());
  });
});

describe("formatOptions", () => {
  it("is nothing for raw", () => assert.deepEqual(formatOptions({ type: "raw" }), {}));
  for (const compression of ["zlib", "zstd", "none"] as const) {
    it(`tells the compression ${compression} of a qcow2`, () => {
      assert.deepEqual(formatOptions({ type: "qcow2", compression }), { compression });
    });
  }
});
