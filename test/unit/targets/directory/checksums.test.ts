import assert from "node:assert/strict";
import { withChecksum, checksumIn } from "../../../../provider/targets/directory/checksums";

const one = "1".repeat(64);
const two = "2".repeat(64);

describe("SHA256SUMS", () => {
  it("gains, changes and loses one line at a time", () => {
    const first = withChecksum("", "a.qcow2", one);
    assert.equal(first, `${one}  a.qcow2\n`);
    const both = withChecksum(first, "b.raw", two);
    assert.equal(both, `${one}  a.qcow2\n${two}  b.raw\n`);
    assert.equal(withChecksum(both, "a.qcow2", two), `${two}  b.raw\n${two}  a.qcow2\n`);
    assert.equal(withChecksum(both, "a.qcow2", undefined), `${two}  b.raw\n`);
    assert.equal(withChecksum(first, "a.qcow2", undefined), "");
  });

  it("keeps the lines of others, whatever they look like", () => {
    const theirs = `# ours\n${one} *b.iso\n`;
    assert.equal(withChecksum(theirs, "a.qcow2", two), `${theirs}${two}  a.qcow2\n`);
    assert.equal(withChecksum(`${theirs}${two}  a.qcow2\n`, "a.qcow2", undefined), theirs);
  });

  it("finds the SHA-256 of a file in text and binary lines", () => {
    const text = `${one}  a.qcow2\n${two.toUpperCase()} *b.raw\n`;
    assert.equal(checksumIn(text, "a.qcow2"), one);
    assert.equal(checksumIn(text, "b.raw"), two);
    assert.equal(checksumIn(text, "c"), undefined);
  });
});
