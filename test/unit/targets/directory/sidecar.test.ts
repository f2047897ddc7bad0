import assert from "node:assert/strict";
import { changeSums, sumOf } from "../../../../provider/targets/directory/sidecar";

const one = "1".repeat(64);
const two = "2".repeat(64);

describe("SHA256SUMS", () => {
  it("gains, changes and loses one line at a time", () => {
    const first = changeSums("", "a.qcow2", one);
    assert.equal(first, `${one}  a.qcow2\n`);
    const both = changeSums(first, "b.raw", two);
    assert.equal(both, `${one}  a.qcow2\n${two}  b.raw\n`);
    assert.equal(changeSums(both, "a.qcow2", two), `${two}  b.raw\n${two}  a.qcow2\n`);
    assert.equal(changeSums(both, "a.qcow2", undefined), `${two}  b.raw\n`);
    assert.equal(changeSums(first, "a.qcow2", undefined), "");
  });

  it("keeps the lines of others, whatever they look like", () => {
    const theirs = `# ours\n${one} *b.iso\n`;
    assert.equal(changeSums(theirs, "a.qcow2", two), `${theirs}${two}  a.qcow2\n`);
    assert.equal(changeSums(`${theirs}${two}  a.qcow2\n`, "a.qcow2", undefined), theirs);
  });

  it("finds a file's sum in text and binary lines", () => {
    const text = `${one}  a.qcow2\n${two.toUpperCase()} *b.raw\n`;
    assert.equal(sumOf(text, "a.qcow2"), one);
    assert.equal(sumOf(text, "b.raw"), two);
    assert.equal(sumOf(text, "c"), undefined);
  });
});
