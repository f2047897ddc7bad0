import assert from "node:assert/strict";
import { redactUrl } from "../../../../provider/system/http/url";
import { pickChecksum, validatorOf } from "../../../../provider/system/download/probe";

const a = "a".repeat(64);
const b = "b".repeat(64);

describe("validatorOf", () => {
  const modified = "Wed, 21 Oct 2026 07:28:00 GMT";
  const cases = [
    {
      rule: "lets a strong ETag stand without the date",
      parts: { etag: '"x"', lastModified: modified, sizeBytes: 7 },
      validator: 'etag "x"; length 7',
    },
    {
      rule: "joins a weak ETag, kept as weak, with the date",
      parts: { etag: 'W/"x"', lastModified: modified, sizeBytes: 7 },
      validator: `etag W/"x"; modified ${modified}; length 7`,
    },
    {
      rule: "takes the date where there is no ETag",
      parts: { lastModified: modified },
      validator: `modified ${modified}`,
    },
    { rule: "does not trust a length alone", parts: { sizeBytes: 7 }, validator: undefined },
  ];
  for (const { rule, parts, validator } of cases) {
    it(rule, () => assert.equal(validatorOf(parts), validator));
  }
});

describe("pickChecksum", () => {
  const cases = [
    { rule: "reads sha256sum's text form", text: `${b}  other.iso\n${a}  x.iso\n` },
    { rule: "reads sha256sum's binary form", text: `${a} *x.iso\r\n` },
    { rule: "reads the BSD form", text: `SHA256 (x.iso) = ${a}\n` },
    { rule: "reads a bare hash in upper case", text: `${a.toUpperCase()}\n` },
    { rule: "finds the name below a folder", text: `${a}  ./build/x.iso\n` },
    { rule: "accepts a repeated line", text: `${a}  x.iso\n${a} *x.iso\n` },
    {
      rule: "passes over comments and other hashes",
      text: `# x\n${"c".repeat(40)}  x.iso\n${a}  x.iso`,
    },
  ];
  for (const { rule, text } of cases) {
    it(rule, () => assert.equal(pickChecksum(text, "x.iso", "sums"), a));
  }

  it("refuses a file without a line of that name", () => {
    assert.throws(() => pickChecksum(`${b}  other.iso`, "x.iso", "sums"), {
      code: "installer.not-found",
      message: /no SHA-256 for "x\.iso".*checksumUrl/,
    });
  });

  it("refuses two hashes of one name", () => {
    const text = `${a}  old/x.iso\n${b}  new/x.iso`;
    assert.throws(() => pickChecksum(text, "x.iso", "sums"), { message: /2 different SHA-256/ });
  });
});

describe("redactUrl", () => {
  it("leaves out user, password, query and fragment", () => {
    assert.equal(
      redactUrl("https://u:secret@host:8443/a/b.iso?sig=x#y"),
      "https://host:8443/a/b.iso",
    );
  });

  it("shows nothing of a URL that cannot be read", () => {
    assert.ok(!redactUrl("https://u:secret@:bad").includes("secret"));
  });
});
