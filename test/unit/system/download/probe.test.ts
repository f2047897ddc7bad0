import assert from "node:assert/strict";
import { redactUrl } from "../../../../provider/system/http/url";
import { validatorOf } from "../../../../provider/system/download/probe";

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
