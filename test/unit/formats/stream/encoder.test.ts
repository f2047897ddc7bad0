import assert from "node:assert/strict";
import { rawCompressionOf } from "../../../../provider/formats/raw/convert";
import { streamEncoder } from "../../../../provider/formats/stream/encoder";
import { factsOf } from "../../../../provider/plan/formats";

describe("streamEncoder", () => {
  it("names what compresses, its version, its level and what it makes of a sample", () => {
    assert.equal(streamEncoder(), "none");
    assert.equal(streamEncoder("none"), "none");
    assert.match(streamEncoder("zstd"), /^zstd 1\.\d+\.\d+ level 3 \([0-9a-f]{8}\)$/);
    assert.match(streamEncoder("gzip"), /^zlib 1\.\S+ level 5 \([0-9a-f]{8}\)$/);
  });

  it("answers the same again", () => {
    for (const compression of ["zstd", "gzip"] as const) {
      assert.equal(streamEncoder(compression), streamEncoder(compression));
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
