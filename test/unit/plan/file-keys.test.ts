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
  it("has a folder named after its content and a file named after content and format", () => {
    const key = fileArtifactKey(file);
    assert.equal(fileArtifactName(file), `edge-0123456789ab/edge-${key.slice(0, 12)}.vmdk`);
  });

  it("has an artifact key that does not depend on its name", () => {
    assert.equal(fileArtifactKey({ ...file, name: "other" }), fileArtifactKey(file));
  });

  it("has a different artifact key for a different format or compression", () => {
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

  it("is identified by its content digest only if it is as large as the disk", () => {
    assert.equal(isWholeDisk({ type: "raw" }), true);
    assert.equal(isWholeDisk({ type: "raw", compression: "none" }), true);
    assert.equal(isWholeDisk({ type: "vhd" }), true);
    assert.equal(isWholeDisk({ type: "raw", compression: "zstd" }), false);
    assert.equal(isWholeDisk({ type: "qcow2" }), false);
  });
});
