import assert from "node:assert/strict";
import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import {
  endForgetting,
  forgetTarget,
  isForgotten,
} from "../../../provider/records/forgotten-targets";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();

describe("Forgotten targets", () => {
  it("are remembered for one image at one target until the resource has left it", async () => {
    const it = { image: "0123456789ab", target: "s3://images" };
    assert.equal(await isForgotten(folder(), it), false);
    await forgetTarget(folder(), it);
    assert.equal(await isForgotten(folder(), it), true);
    assert.equal(await isForgotten(folder(), { ...it, target: "s3://others" }), false);
    assert.equal(await isForgotten(folder(), { ...it, image: "ba9876543210" }), false);
    await endForgetting(folder(), it);
    assert.equal(await isForgotten(folder(), it), false);
  });

  it("are not given up by a damaged file", async () => {
    const it = { image: "0123456789ab", target: "s3://images" };
    await forgetTarget(folder(), it);
    const files = await readdir(join(folder(), "forgotten"));
    for (const file of files) await truncate(join(folder(), "forgotten", file), 20);
    assert.equal(files.length, 1);
    assert.equal(await isForgotten(folder(), it), false);
  });
});
