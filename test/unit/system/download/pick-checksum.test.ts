import assert from "node:assert/strict";
import { pickChecksum } from "../../../../provider/system/download/pick-checksum";

const a = "a".repeat(64);
const b = "b".repeat(64);
const long = "c".repeat(128);

function pick(text: string, url = "https://h/dist/x.iso", checksumUrl = "https://h/dist/SUMS") {
  return pickChecksum(text, { url, checksumUrl });
}

describe("pickChecksum", () => {
  const cases: readonly { rule: string; text: string; url?: string; sums?: string }[] = [
    { rule: "reads sha256sum's text form", text: `${b}  other.iso\n${a}  x.iso\n` },
    { rule: "reads sha256sum's binary form", text: `${a} *x.iso\n` },
    { rule: "reads the BSD form", text: `SHA256 (x.iso) = ${a}\n` },
    { rule: "reads the form of openssl", text: `SHA2-256(x.iso)= ${a}\n` },
    { rule: "reads PowerShell's table", text: `SHA256  ${a.toUpperCase()}  C:\\isos\\x.iso\n` },
    { rule: "reads a bare hash in upper case", text: `${a.toUpperCase()}\n` },
    { rule: "finds the name below a folder", text: `${a}  ./build/x.iso\n` },
    { rule: "accepts a repeated line", text: `${a}  x.iso\n${a} *./x.iso\n` },
    {
      rule: "passes over comments and hashes that are not safe",
      text: `# x\n${"c".repeat(40)}  x.iso\n${"d".repeat(32)}  x.iso\n${a}  x.iso`,
    },
    {
      rule: "prefers SHA-256, by which images are known, to SHA-512",
      text: `SHA512 (x.iso) = ${long}\nSHA256 (x.iso) = ${a}\nMD5 (x.iso) = ${"d".repeat(32)}\n`,
    },
    {
      rule: "passes over other hashes of the same length",
      text: `BLAKE2s (x.iso) = ${b}\nSHA3-256 (x.iso) = ${b}\nSHA256 (x.iso) = ${a}\n`,
    },
    {
      rule: "takes the entry with the installer's path",
      text: `${b}  ./hwe-netboot/x.iso\n${a}  ./netboot/x.iso\n${b}  x.iso\n`,
      url: "https://h/dist/netboot/x.iso",
    },
    {
      rule: "takes a path that leaves the folder of the checksum file",
      text: `${b}  x.iso\n${a}  ../isos/x.iso\n`,
      url: "https://h/dist/isos/x.iso?signature=1",
      sums: "https://h/dist/sums/SUMS",
    },
    {
      rule: "takes the entry beside the checksum file before one in a folder",
      text: `${b}  old/x.iso\n${a} *x.iso\n`,
    },
    {
      rule: "takes the longest end of the path on another server",
      text: `${b}  x.iso\n${a}  netboot/x.iso\n${b}  hwe-netboot/x.iso\n`,
      url: "https://mirror/debian/netboot/x.iso",
      sums: "https://sums/SHA256SUMS",
    },
    {
      rule: "decodes a name in the URL",
      text: `${b}  my%20image (1).iso.sig\n${a}  my image (1).iso\n`,
      url: "https://h/dist/my%20image%20%281%29.iso",
    },
    {
      rule: "decodes a name in the file",
      text: `${a}  my%20image.iso\n`,
      url: "https://h/dist/my%20image.iso",
    },
    {
      rule: "takes two spellings of an accent for the same",
      text: `${a}  u\u0308.iso\n`,
      url: "https://h/dist/%C3%BC.iso",
    },
    {
      rule: "reads an escaped name",
      text: `\\${a}  a\\\\b.iso\n`,
      url: "https://h/dist/a%5Cb.iso",
    },
    {
      rule: "reads a signed file, without its signature",
      text: `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- ${a}  x.iso\n${b}  -y.iso\n-----BEGIN PGP SIGNATURE-----\n\n${b}\n-----END PGP SIGNATURE-----\n`,
    },
  ];
  for (const { rule, text, url, sums } of cases) {
    it(rule, () => assert.deepEqual(pick(text, url, sums), { sha256: a }));
  }

  it("takes a SHA-512 where there is nothing else", () => {
    assert.deepEqual(pick(`${long}  x.iso\n`), { sha512: long });
    assert.deepEqual(pick(`${long}\n`), { sha512: long });
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      "a file without the name",
      `${b}  other.iso`,
      /no SHA-256 or SHA-512 for "x\.iso"\. It names "other\.iso"/,
    ],
    [
      "a file with many other names, of which it shows some",
      [1, 2, 3, 4, 5, 6, 7].map((number) => `${b}  ${number}.iso`).join("\n"),
      /"1\.iso", .*"5\.iso", and 2 more/,
    ],
    ["a page of HTML", "<html>Log in</html>", /No line of it has a checksum and a file name/],
    ["MD5 and SHA-1 alone", `${"d".repeat(32)}  x.iso\n${"e".repeat(40)}  x.iso`, /MD5 and SHA-1/],
    ["another hash alone", `BLAKE2b (x.iso) = ${long}\n`, /only BLAKE2B of this file/],
    [
      "two hashes of one name, if the path decides for none",
      `${a}  old/x.iso\n${b}  new/x.iso`,
      /2 different SHA-256 for "x\.iso"\. They belong to "old\/x\.iso", "new\/x\.iso"/,
    ],
    ["two hashes of one path", `${a}  x.iso\n${b}  ./x.iso`, /2 different SHA-256/],
    [
      "two SHA-512 of one name",
      `${long}  old/x.iso\n${"e".repeat(128)}  new/x.iso`,
      /2 different SHA-512 for "x\.iso"/,
    ],
    [
      "two SHA-256 of one name, whose names it shows and not those of other hashes",
      `SHA512 (c/x.iso) = ${long}\nSHA256 (a/x.iso) = ${a}\nSHA256 (b/x.iso) = ${b}`,
      /2 different SHA-256 for "x\.iso"\. They belong to "a\/x\.iso", "b\/x\.iso", and/,
    ],
    ["two bare hashes", `${a}\n${b}\n`, /no file names/],
    [
      "a bare hash beside names of others",
      `${a}\n${b}  other.iso\n`,
      /no SHA-256 or SHA-512 for "x\.iso"/,
    ],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => pick(text), { code: "installer.not-found", message });
      assert.throws(() => pick(text), { message: /installer\.checksumUrl/ });
    });
  }
});
