import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { decodeText } from "../../../provider/base/decode-text";

const utf16be = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();

describe("decodeText", () => {
  const taken: readonly (readonly [string, string | Buffer, string])[] = [
    ["UTF-8", "ä\n", "ä\n"],
    ["UTF-8 with a byte order mark", "\ufeffä", "ä"],
    ["line ends of Windows", "a\r\nb\r\n", "a\nb\n"],
    ["tabs and blank lines", "\ta\n\n", "\ta\n\n"],
    ["nothing", "", ""],
    ["a byte order mark alone", "\ufeff", ""],
    ["characters outside of the basic plane", "😀", "😀"],
  ];
  for (const [what, bytes, text] of taken) {
    it(`takes ${what}`, () => assert.deepEqual(decodeText(Buffer.from(bytes), "a"), { text }));
  }

  const refused: readonly (readonly [string, Buffer | string, RegExp])[] = [
    [
      "UTF-16 with a byte order mark",
      Buffer.from("\ufefftoken\r\n", "utf16le"),
      /is UTF-16.*PowerShell.*`iconv -f UTF-16 -t UTF-8 my\.txt > NEW-FILE`/,
    ],
    ["UTF-16 in the other byte order", utf16be("\ufefftoken"), /iconv -f UTF-16 /],
    ["UTF-16 without a mark", Buffer.from("token\r\n", "utf16le"), /iconv -f UTF-16LE /],
    ["big-endian UTF-16 without a mark", utf16be("token"), /iconv -f UTF-16BE /],
    ["UTF-16 of another script", Buffer.from("\ufeff日本", "utf16le"), /is UTF-16/],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /iconv -f UTF-32 /],
    ["Windows' own encoding", Buffer.from("a\nM\xfcller\n", "latin1"), /line 2 .*WINDOWS-1252/],
    ["UTF-8 that is cut off", Buffer.from("aä").subarray(0, 2), /is not UTF-8 text: line 1/],
    ["a gzip file", gzipSync("a"), /compressed by gzip/],
    ["a document", Buffer.from("PK\u0003\u0004rest"), /zip archive or a document/],
    [
      "a certificate in DER",
      Buffer.from("308203e8", "hex"),
      /openssl x509 -inform DER -in my\.txt/,
    ],
    ["a NUL", "token\0", /holds a NUL/],
    ["an escape sequence", "a\n\u001b[31mb\n", /U\+001B in line 2, a control character/],
    ["a delete character", "a\u007f", /U\+007F/],
    ["a control character of Latin-1", "a\u0085b", /U\+0085/],
    ["a carriage return alone", "a\rb", /carriage return without a line feed/],
    ["a byte order mark between two files", "a\n\ufeffb\n", /byte order mark in line 2/],
    ["characters that another program lost", "a\ufffd", /U\+FFFD/],
  ];
  for (const [what, bytes, reason] of refused) {
    it(`refuses ${what}, and says how to convert it`, () => {
      const decoded = decodeText(Buffer.from(bytes), "my.txt");
      assert.ok("problem" in decoded);
      assert.match(decoded.problem, reason);
    });
  }

  it("suggests a command that a shell takes, and a pipe for standard input", () => {
    const bytes = Buffer.from("\ufeffa", "utf16le");
    assert.match(JSON.stringify(decodeText(bytes, "it's")), /UTF-8 'it'\\\\''s' > NEW-FILE/);
    assert.match(JSON.stringify(decodeText(bytes, "-")), /`iconv -f UTF-16 -t UTF-8`/);
  });
});
