import assert from "node:assert/strict";
import {
  factsOf,
  formatFor,
  formatOptions,
  acceptedFormats,
  sourceOf,
} from "../../../provider/plan/formats";
import { formatSchema } from "../../../provider/schema/formats";
import { formatNames } from "../../../provider/schema/names";

describe("formats", () => {
  const extensions = {
    raw: "raw",
    qcow2: "qcow2",
    vmdk: "vmdk",
    ova: "ova",
    vhd: "vhd",
    gce: "tar.gz",
    containerdisk: "oci.tar",
    iso: "iso",
  } as const;
  for (const type of formatNames) {
    it(`knows the extension of ${type}`, () => {
      assert.equal(factsOf(formatSchema.parse(type)).extension, extensions[type]);
    });
  }
  for (const [compression, extension, mediaType] of [
    ["none", "raw", "application/octet-stream"],
    ["zstd", "raw.zst", "application/zstd"],
    ["gzip", "raw.gz", "application/gzip"],
  ] as const) {
    it(`says of a raw disk how it is compressed: ${compression}`, () => {
      assert.deepEqual(factsOf({ type: "raw", compression }), { extension, mediaType });
    });
  }
});

describe("sourceOf", () => {
  const sources = {
    raw: undefined,
    qcow2: undefined,
    vmdk: undefined,
    ova: "vmdk",
    vhd: undefined,
    gce: undefined,
    containerdisk: "qcow2",
    iso: undefined,
  } as const;
  for (const type of formatNames) {
    it(`says what ${type} is made from`, () => {
      assert.equal(sourceOf(formatSchema.parse(type))?.type, sources[type]);
    });
  }
  it("follows the disk format of a containerdisk", () => {
    const carrying = (disk: string) =>
      sourceOf(formatSchema.parse({ type: "containerdisk", disk }));
    assert.equal(carrying("vmdk")?.type, "vmdk");
    assert.equal(carrying("raw"), undefined);
  });
});

describe("a raw disk without a chosen compression", () => {
  it("is compressed for a target across a network, and uncompressed in a folder", () => {
    assert.deepEqual(formatFor({ type: "raw" }, true), { type: "raw", compression: "zstd" });
    assert.deepEqual(formatFor({ type: "raw" }, false), { type: "raw", compression: "none" });
  });
  it("accepts an existing artifact with any compression", () => {
    const found = acceptedFormats({ type: "raw" }).map(formatOptions);
    assert.deepEqual(found, [{}, { compression: "zstd" }]);
  });
  it("keeps the compression that the user chose", () => {
    const gzip = { type: "raw", compression: "gzip" } as const;
    assert.deepEqual(formatFor(gzip, true), gzip);
    assert.deepEqual(acceptedFormats(gzip), [gzip]);
  });
});

describe("formatOptions", () => {
  it("is empty for an uncompressed raw disk", () => {
    assert.deepEqual(formatOptions({ type: "raw", compression: "none" }), {});
    assert.deepEqual(formatOptions({ type: "raw" }), {});
  });
  it("is every option of an OVA", () => {
    const { type, ...options } = formatSchema.parse({ type: "ova", cpus: 7 });
    assert.equal(type, "ova");
    assert.deepEqual(formatOptions({ type: "ova", ...options } as never), options);
  });
  for (const compression of ["zlib", "zstd", "none"] as const) {
    it(`tells the compression ${compression} of a qcow2`, () => {
      assert.deepEqual(formatOptions({ type: "qcow2", compression }), { compression });
    });
  }
});
