import assert from "node:assert/strict";
import { tarBlock, tarEnd, tarHeader, tarNumber, tarPadding } from "../../../provider/base/tar";
import { GiB } from "../../../provider/base/size";

const entry = { name: "edge.ovf", size: 1234, mode: 0o644, uid: 107, gid: 107 } as const;

const text = (header: Buffer, start: number, length: number): string =>
  header.toString("latin1", start, start + length);

describe("tarHeader", () => {
  it("puts each field where POSIX has it", () => {
    const header = tarHeader(entry);
    assert.equal(header.length, tarBlock);
    const fields: readonly [number, string][] = [
      [0, `edge.ovf${"\0".repeat(92)}`],
      [100, "0000644\0"],
      [108, "0000153\0"],
      [116, "0000153\0"],
      [124, "00000002322\0"],
      [136, "00000000000\0"],
      [156, "0"],
      [157, "\0".repeat(100)],
      [257, "ustar\x0000"],
      [265, "\0".repeat(64)],
      [329, "0000000\x000000000\0"],
      [345, "\0".repeat(167)],
    ];
    for (const [at, expected] of fields) {
      assert.equal(text(header, at, expected.length), expected, `field at ${at}`);
    }
  });

  it("sums all bytes, with spaces in the place of the sum", () => {
    for (const header of [tarHeader(entry), tarHeader({ ...entry, dialect: "oldgnu" })]) {
      const blank = Buffer.from(header);
      blank.fill(" ", 148, 156);
      const sum = blank.reduce((total, byte) => total + byte, 0);
      assert.equal(text(header, 148, 8), `${sum.toString(8).padStart(6, "0")}\0 `);
    }
  });

  it("names the dialect and the type", () => {
    const header = tarHeader({ ...entry, type: "S", dialect: "oldgnu" });
    assert.equal(text(header, 257, 8), "ustar  \0");
    assert.equal(text(header, 156, 1), "S");
    assert.equal(text(tarHeader({ ...entry, name: "disk/", type: "5" }), 156, 1), "5");
  });

  it("writes sizes in octal below 8 GiB and in binary from there", () => {
    assert.equal(text(tarHeader({ ...entry, size: 8 * GiB - 1 }), 124, 12), "77777777777\0");
    const large = tarHeader({ ...entry, size: 100 * GiB }).subarray(124, 136);
    assert.equal(large.toString("hex"), "800000000000001900000000");
    const eight = tarHeader({ ...entry, size: 8 * GiB }).subarray(124, 136);
    assert.equal(eight.toString("hex"), "800000000000000200000000");
  });

  it("takes names up to 100 bytes", () => {
    assert.equal(
      text(tarHeader({ ...entry, name: "n".repeat(100) }), 0, 101),
      `${"n".repeat(100)}0`,
    );
    for (const name of ["", "n".repeat(101), "ö".repeat(51), "a\0b"]) {
      assert.throws(() => tarHeader({ ...entry, name }), RangeError);
    }
  });
});

describe("tarNumber", () => {
  it("refuses what a field cannot hold", () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
      assert.throws(() => tarNumber(value, 12), RangeError);
    }
  });

  it("writes an owner's number too large for octal in binary", () => {
    assert.equal(tarNumber(0o7777777, 8).toString("latin1"), "7777777\0");
    assert.equal(tarNumber(0o7777777 + 1, 8).toString("hex"), "8000000000200000");
  });
});

describe("tarPadding and tarEnd", () => {
  it("fill to whole blocks", () => {
    assert.deepEqual(
      [0, 1, 511, 512, 513].map((size) => tarPadding(size).length),
      [0, 511, 1, 0, 511],
    );
    assert.equal(tarEnd.length, 1024);
    assert.ok(tarEnd.every((byte) => byte === 0));
  });
});
