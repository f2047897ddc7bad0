import assert from "node:assert/strict";
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
});
