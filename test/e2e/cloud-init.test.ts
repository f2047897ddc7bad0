import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, makeInstaller } from "../installers/generic/build-image";

describe("An installer that is not Kairos, and real cloud-init", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-generic-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("makes an image that is verified by what its user-data prints", async () => {
    const built = await buildImage(folder, await makeInstaller(folder));
    assert.equal(built.exitCode, 0, built.stderr);
  });
});
