import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ovaHead } from "../../../../provider/formats/ova/convert";
import { GiB } from "../../../../provider/base/size";

const sha256 = "ab".repeat(32);

interface Entry {
  readonly name: string;
  readonly size: Buffer;
  readonly content: string;
}

/** The complete entries, and the last header. */
function entries(head: Buffer): Entry[] {
  const found: Entry[] = [];
  for (let at = 0; at < head.length;) {
    const header = head.subarray(at, at + 512);
    const size = header.subarray(124, 136);
    const isLast = at + 512 === head.length;
    const length = isLast ? 0 : Number.parseInt(size.toString("latin1"), 8);
    const content = head.subarray(at + 512, at + 512 + length).toString("utf8");
    found.push({ name: header.subarray(0, header.indexOf(0)).toString("utf8"), size, content });
    at += 512 + Math.ceil(length / 512) * 512;
  }
  return found;
}

describe("ovaHead", () => {
  it("has the OVF first, then the manifest, then the disk", () => {
    const names = entries(ovaHead("<x/>", { size: 5, sha256 })).map(({ name }) => name);
    assert.deepEqual(names, ["image.ovf", "image.mf", "image-disk1.vmdk"]);
  });

  it("writes the manifest's lines without a space before the equals sign, and with one after it", () => {
    const ovf = "<é/>";
    const [document, manifest] = entries(ovaHead(ovf, { size: 5, sha256 }));
    assert.equal(document!.content, ovf);
    const digest = createHash("sha256").update(ovf).digest("hex");
    assert.equal(
      manifest!.content,
      `SHA256(image.ovf)= ${digest}\nSHA256(image-disk1.vmdk)= ${sha256}\n`,
    );
  });

  for (const [length, blocks] of [
    [511, 1],
    [512, 1],
    [513, 2],
  ] as const) {
    it(`fills an OVF of ${length} bytes up to whole blocks`, () => {
      const head = ovaHead("x".repeat(length), { size: 5, sha256 });
      assert.equal(head.length, 512 * (1 + blocks + 2 + 1));
    });
  }

  for (const [size, field] of [
    [8 * GiB - 1, Buffer.from("77777777777\0")],
    [8 * GiB, Buffer.from("800000000000000200000000", "hex")],
    [3000 * GiB + 7, Buffer.from("80000000000002ee00000007", "hex")],
  ] as const) {
    it(`says a size of ${size} bytes exactly`, () => {
      assert.deepEqual(entries(ovaHead("<x/>", { size, sha256 })).at(-1)!.size, field);
    });
  }
});
