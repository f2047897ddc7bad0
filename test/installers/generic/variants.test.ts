import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, makeInstaller } from "./build-image";

describe("An installer that is not Kairos", function () {
  this.timeout(1_800_000);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-generic-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("may be silent on the serial port: its system is verified by the text on the screen", async () => {
    const built = await buildImage(folder, await makeInstaller(folder, "silent"));
    assert.equal(built.exitCode, 0, built.stderr);
  });

  it("makes an image for UEFI, whose loader is on the removable path", async () => {
    const uefi = ["--firmware", "uefi"];
    const built = await buildImage(folder, await makeInstaller(folder), uefi);
    assert.equal(built.exitCode, 0, built.stderr);
  });

  for (const variant of ["waits", "silent-waits"] as const) {
    it(`is stopped when it asks a question (${variant})`, async () => {
      const built = await buildImage(folder, await makeInstaller(folder, variant));
      assert.equal(built.exitCode, 1, built.stderr);
      assert.match(built.stderr, /\[install\.question\]/);
      assert.match(built.stderr, /Erase \/dev\/vda and install Debian\?/);
    });
  }
});
