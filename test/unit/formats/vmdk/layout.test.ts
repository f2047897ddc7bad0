import assert from "node:assert/strict";
import { descriptor, requireSectors } from "../../../../provider/formats/vmdk/layout";

const digest = "0123456789abcdef".repeat(4);
const line = (text: string, start: string) => text.split("\n").find((it) => it.startsWith(start));

describe("the descriptor of a VMDK", () => {
  it("says what vSphere asks for, and nothing that differs between two runs", () => {
    const expected = [
      "# Disk DescriptorFile",
      "version=1",
      'encoding="UTF-8"',
      "CID=01234567",
      "parentCID=ffffffff",
      'createType="streamOptimized"',
      "",
      "# Extent description",
      'RW 209715200 SPARSE "disk.vmdk"',
      "",
      "# The Disk Data Base",
      "#DDB",
      "",
      'ddb.longContentID = "89abcdef0123456789abcdef01234567"',
      'ddb.virtualHWVersion = "4"',
      'ddb.geometry.cylinders = "13055"',
      'ddb.geometry.heads = "255"',
      'ddb.geometry.sectors = "63"',
      'ddb.adapterType = "lsilogic"',
      'ddb.toolsVersion = "2147483647"',
      "",
    ];
    assert.equal(descriptor({ capacity: 209_715_200, contentDigest: digest }), expected.join("\n"));
  });

  for (const [contentDigest, cid, longContentId] of [
    [`ffffffff${"1".repeat(56)}`, "11111111", `ffffffff${"1".repeat(24)}`],
    [`fffffffeffffffff${"2".repeat(48)}`, "22222222", `fffffffeffffffff${"2".repeat(16)}`],
    [`fffffffd${"3".repeat(56)}`, "fffffffd", `${"3".repeat(24)}fffffffd`],
  ] as const) {
    it(`draws the content ID ${cid} from ${contentDigest.slice(0, 24)}..., never one with a meaning`, () => {
      const text = descriptor({ capacity: 1, contentDigest });
      assert.equal(line(text, "CID="), `CID=${cid}`);
      assert.equal(line(text, "ddb.longC"), `ddb.longContentID = "${longContentId}"`);
    });
  }

  for (const [capacity, cylinders] of [
    [1, 1],
    [16_065, 1],
    [16_066, 2],
    [65_535 * 16_065, 65_535],
    [2 ** 33, 65_535],
  ] as const) {
    it(`gives ${capacity} sectors ${cylinders} cylinders`, () => {
      const text = descriptor({ capacity, contentDigest: digest });
      assert.equal(line(text, "ddb.geometry.c"), `ddb.geometry.cylinders = "${cylinders}"`);
    });
  }
});

describe("the size of a VMDK's disk", () => {
  it("is whole sectors", () => {
    for (const bytes of [512, 1_000_000_000_000 - 512, 2 ** 46]) requireSectors(bytes);
    for (const bytes of [0, 1, 511, 513, 2 ** 30 + 256]) {
      assert.throws(() => requireSectors(bytes), { code: "input.invalid", message: /diskSize/ });
    }
  });
});
