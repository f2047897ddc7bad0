import assert from "node:assert/strict";
import { footerChecksum, geometry, vhdFooter } from "../../../../provider/formats/vhd/convert";
import { GiB, MiB } from "../../../../provider/base/size";

const digest = "0123456789abcdef".repeat(4);

describe("vhdFooter", () => {
  it("has these bytes for a disk of 3 MiB", () => {
    const expected = [
      "636f6e6563746978" + "00000002" + "00010000" + "ffffffffffffffff" + "00000000",
      "77696e20" + "000a0000" + "5769326b",
      "0000000000300000" + "0000000000300000",
      "005a" + "04" + "11",
      "00000002",
      "CHECKSUM",
      "0123456789ab8def8123456789abcdef" + "00",
    ].join("");
    const footer = vhdFooter(3 * MiB, digest);
    const checksum = footer.toString("hex", 64, 68);
    assert.equal(footer.length, 512);
    assert.equal(footer.toString("hex", 0, 85), expected.replace("CHECKSUM", checksum));
    assert.ok(footer.subarray(85).every((byte) => byte === 0));
  });

  it("is complemented in its checksum", () => {
    const footer = vhdFooter(100 * GiB, digest);
    const checksum = footer.readUInt32BE(64);
    assert.equal(checksum, footerChecksum(footer));
    const blank = Buffer.from(footer).fill(0, 64, 68);
    assert.equal(blank.reduce((sum, byte) => sum + byte, 0) + checksum, 0xffffffff);
  });

  it("differs by content and by size only", () => {
    const one = vhdFooter(GiB, digest);
    assert.ok(one.equals(vhdFooter(GiB, digest)));
    assert.ok(!one.equals(vhdFooter(GiB, "f".repeat(64))));
    assert.ok(!one.equals(vhdFooter(2 * GiB, digest)));
  });
});

describe("geometry", () => {
  it("is what the specification's appendix gives", () => {
    // Cylinders, heads and sectors, computed by the pseudo-code of the specification without this package.
    const table: readonly [number, number, number, number][] = [
      [3 * MiB, 90, 4, 17],
      [100 * MiB, 1003, 12, 17],
      [200 * MiB, 825, 16, 31],
      [300 * MiB, 609, 16, 63],
      [GiB, 2080, 16, 63],
      [10 * GiB, 20805, 16, 63],
      [31 * GiB, 64495, 16, 63],
      [32 * GiB, 16448, 16, 255],
      [100 * GiB, 51400, 16, 255],
      [128 * GiB, 65535, 16, 255],
      [2040 * GiB, 65535, 16, 255],
    ];
    for (const [size, cylinders, heads, sectors] of table) {
      assert.deepEqual(geometry(size), { cylinders, heads, sectors }, `${size} bytes`);
    }
  });
});
