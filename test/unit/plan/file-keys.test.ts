import assert from "node:assert/strict";
import {
  fileArtifactKey,
  fileArtifactName,
  isWholeDisk,
  type FileIdentity,
} from "../../../provider/plan/file-keys";

const fileKey = "0123456789abcdef".repeat(4);
const file: FileIdentity = { name: "edge", kind: { type: "vmdk" }, fileKey };

describe("a file that is published without an install", () => {
  it("has a name that says its content, and one more that says what it is taken for", () => {
    const key = fileArtifactKey(file);
    assert.equal(fileArtifactName(file), `edge-0123456789ab/edge-${key.slice(0, 12)}.vmdk`);
  });

  it("has the same artifact key whatever it is called", () => {
    assert.equal(fileArtifactKey({ ...file, name: "other" }), fileArtifactKey(file));
  });

  it("has another artifact key as another format or compression", () => {
    const kinds = [
      { type: "vmdk" },
      { type: "iso" },
      { type: "raw", compression: "none" },
      { type: "raw", compression: "zstd" },
      { type: "raw", compression: "gzip" },
    ] as const;
    const keys = kinds.map((kind) => fileArtifactKey({ ...file, kind }));
    assert.equal(new Set(keys).size, kinds.length);
    assert.notEqual(fileArtifactKey({ ...file, fileKey: "f".repeat(64) }), keys[0]);
  });

  it("is known by its content digest only where it is as large as the disk", () => {
    assert.equal(isWholeDisk({ type: "raw" }), true);
    assert.equal(isWholeDisk({ type: "raw", compression: "none" }), true);
    assert.equal(isWholeDisk({ type: "vhd" }), true);
    assert.equal(isWholeDisk({ type: "raw", compression: "zstd" }), false);
    assert.equal(isWholeDisk({ type: "qcow2" }), false);
  });
});
