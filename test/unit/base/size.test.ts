import assert from "node:assert/strict";
import { formatSize, GiB, KiB, MiB, parseSize, sizeSchema } from "../../../provider/base/size";

describe("parseSize", () => {
  for (const [text, bytes] of [
    ["1", 1],
    ["512b", 512],
    ["1k", KiB],
    ["1K", KiB],
    ["1KiB", KiB],
    ["1kb", 1000],
    ["100000M", 100_000 * MiB],
    ["1MiB", MiB],
    ["1MB", 1e6],
    ["40G", 40 * GiB],
    ["40GiB", 40 * GiB],
    ["40gib", 40 * GiB],
    ["8GB", 8e9],
    ["2T", 2048 * GiB],
    ["2TiB", 2048 * GiB],
    ["2TB", 2e12],
    [" 40 GiB ", 40 * GiB],
    ["1.5GiB", 1.5 * GiB],
    ["0.1k", 102],
    ["0", 0],
  ] as const) {
    it(`reads "${text}" as ${bytes} bytes`, () => assert.equal(parseSize(text), bytes));
  }

  for (const text of [
    "",
    "G",
    "40 Gi",
    "40GiBs",
    "-1",
    "1e3",
    "1,5GiB",
    "1.GiB",
    ".5G",
    "40 G B",
    "0x10",
    "99999999T",
    "toString",
  ]) {
    it(`does not read "${text}"`, () => assert.equal(parseSize(text), undefined));
  }
});

describe("sizeSchema", () => {
  it("takes a number for bytes", () => assert.equal(sizeSchema.parse(4096), 4096));
  it("takes text with a unit", () => assert.equal(sizeSchema.parse("4KiB"), 4096));

  for (const value of [0, -1, 1.5, 2 ** 53, "0", "much", ""]) {
    it(`refuses ${JSON.stringify(value)} and says how to write it`, () => {
      const [issue] = sizeSchema.safeParse(value).error?.issues ?? [];
      assert.match(
        issue?.message ?? "",
        /^".*" is not a size; write a number with a unit, such as "40GiB"$/,
      );
    });
  }

  for (const value of [true, {}, [], null]) {
    it(`refuses ${JSON.stringify(value)} by saying what is taken`, () => {
      const [issue] = sizeSchema.safeParse(value).error?.issues ?? [];
      assert.match(issue?.message ?? "", /^must be a number of bytes, or text with a unit/);
    });
  }
});

describe("formatSize", () => {
  for (const [bytes, text] of [
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [KiB, "1 KiB"],
    [1536, "1.5 KiB"],
    [MiB, "1 MiB"],
    [GiB - MiB, "1023 MiB"],
    [100 * GiB, "100 GiB"],
    [2.25 * GiB, "2.3 GiB"],
    [1024 * GiB, "1 TiB"],
  ] as const) {
    it(`writes ${bytes} as ${text}`, () => assert.equal(formatSize(bytes), text));
  }

  it("is read back as what it was where nothing was rounded", () => {
    for (const bytes of [KiB, 40 * GiB, 1.5 * MiB])
      assert.equal(parseSize(formatSize(bytes)), bytes);
  });
});
