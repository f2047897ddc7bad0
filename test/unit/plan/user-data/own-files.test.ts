import assert from "node:assert/strict";
import { generate, testWarnings } from "./generated";

const step = (yaml: string) => ({ userData: `stages:\n  boot:\n    - ${yaml}\n` });

describe("files that Kairos writes otherwise than meant", () => {
  testWarnings([
    [
      "a file without permissions",
      step("files: [{path: /a, content: b}]"),
      /^userData\.stages\.boot\[0\]\.files\[0\] has no permissions.*0000.*`permissions: 0644`/,
    ],
    [
      "a download without permissions",
      step("downloads: [{path: /a, url: https://example.com/a}]"),
      /downloads\[0\] has no permissions/,
    ],
    [
      "a folder without permissions",
      step("directories: [{path: /a}]"),
      /directories\[0\] has no permissions.*`permissions: 0755`/,
    ],
    [
      "a file of `write_files` without permissions",
      { userData: "write_files: [{path: /a, content: b}]\n" },
      /^userData\.write_files\[0\] has no permissions.*`permissions: "0644"`/,
    ],
    [
      "an encoding that Kairos does not know",
      step("files: [{path: /a, permissions: 0600, content: YQ==, encoding: base32}]"),
      /files\[0\]\.encoding is none that Kairos knows.*undecoded.*`b64`/,
    ],
    [
      "an encoding in another case",
      { userData: 'write_files: [{path: /a, permissions: "0600", encoding: B64}]\n' },
      /write_files\[0\]\.encoding is none/,
    ],
    [
      "a file in a site seed",
      { ...step("files: [{path: /a, content: b}]"), reader: "site" },
      /files\[0\] has no permissions/,
    ],
  ]);

  it("are no reason for a warning if they are complete, or if cloud-init reads them", () => {
    const encodings = ["b64", "base64", "gz", "gzip", "gz+b64", "gzip+base64"];
    const files = encodings.map((encoding) => ({ path: "/a", permissions: 0o644, encoding }));
    const directories = [{ path: "/a", permissions: 0o755 }];
    const { warnings } = generate({ userData: { stages: { boot: [{ files, directories }] } } });
    const others = generate({ reader: "generic", userData: { write_files: [{ path: "/a" }] } });
    assert.deepEqual([...warnings, ...others.warnings].join("\n"), "");
  });
});
