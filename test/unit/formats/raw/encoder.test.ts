import assert from "node:assert/strict";
import { rawCompressionOf, rawEncoder } from "../../../../provider/formats/raw/convert";
import { factsOf } from "../../../../provider/plan/formats";

describe("rawEncoder", () => {
  it("names what compresses, its version, its level and what it makes of a sample", () => {
    assert.equal(rawEncoder(), "none");
    assert.equal(rawEncoder("none"), "none");
    assert.match(rawEncoder("zstd"), /^zstd 1\.\d+\.\d+ level 3 \([0-9a-f]{8}\)$/);
    assert.match(rawEncoder("gzip"), /^zlib 1\.\S+ level 5 \([0-9a-f]{8}\)$/);
  });

  it("answers the same again", () => {
    for (const compression of ["zstd", "gzip"] as const) {
      assert.equal(rawEncoder(compression), rawEncoder(compression));
    }
  });
});

describe("rawCompressionOf", () => {
  it("knows each compression by the media type that it is published with", () => {
    for (const compression of ["none", "zstd", "gzip"] as const) {
      assert.equal(rawCompressionOf(factsOf({ type: "raw", compression }).mediaType), compression);
    }
  });
});
