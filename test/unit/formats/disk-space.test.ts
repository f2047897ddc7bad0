import assert from "node:assert/strict";
import {
  estimatedBuildBytes,
  estimatedBytes,
  estimatedInstallBytes,
} from "../../../provider/formats/disk-space";
import { diskFormatSchema, formatSchema } from "../../../provider/schema/formats";

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

describe("estimatedInstallBytes", () => {
  const root = { path: "/rootfs.squashfs", sizeBytes: 100 };
  const cases = [
    ["three copies of the root file system", { root: { ...root, contentBytes: 250 } }, 750],
    ["of one that cannot be listed, unpacked", { root }, 600],
    ["of an installer without one, the ISO itself", {}, 1000],
  ] as const;
  for (const [what, report, expected] of cases) {
    it(`is ${what}`, () => {
      assert.equal(estimatedInstallBytes({ sizeBytes: 1000, ...report }), expected);
    });
  }
});

describe("estimatedBuildBytes", () => {
  const estimate = (...formats: unknown[]) =>
    estimatedBuildBytes(formatSchema.array().parse(formats), 1000);

  it("counts the base disk once, and each artifact where it is made and where it is published", () => {
    assert.deepEqual(estimate("qcow2"), { made: 1450, published: 450 });
  });
  it("counts what another artifact is made from once, published or not", () => {
    assert.deepEqual(estimate("ova"), { made: 1900, published: 450 });
    assert.deepEqual(estimate("ova", "vmdk"), { made: 1900, published: 900 });
  });
  it("knows that a raw disk is published as it is, and that an ISO is no disk", () => {
    assert.deepEqual(estimate("raw", "iso"), { made: 1000, published: 1000 });
  });
});
