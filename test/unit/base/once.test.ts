import assert from "node:assert/strict";
import { oncePer } from "../../../provider/base/once";

describe("oncePer", () => {
  it("does the work once for each owner, also for those who ask meanwhile", async () => {
    const once = oncePer<number>();
    let count = 0;
    const work = async (): Promise<number> => {
      count += 1;
      await Promise.resolve();
      return count;
    };
    const [one, other] = [{}, {}];
    assert.deepEqual(await Promise.all([once(one, work), once(one, work)]), [1, 1]);
    assert.equal(await once(one, work), 1);
    assert.equal(await once(other, work), 2);
  });

  it("knows nothing of what another one did for the same owner", async () => {
    const owner = {};
    assert.equal(await oncePer<string>()(owner, () => Promise.resolve("a")), "a");
    assert.equal(await oncePer<string>()(owner, () => Promise.resolve("b")), "b");
  });

  it("tells everybody who waits of a failure, and tries again when it is asked again", async () => {
    const once = oncePer<string>();
    const owner = {};
    const fail = (): Promise<string> => Promise.reject(new Error("not this time"));
    const asked = [once(owner, fail), once(owner, () => Promise.resolve("too early"))];
    for (const { status } of await Promise.allSettled(asked)) assert.equal(status, "rejected");
    assert.equal(await once(owner, () => Promise.resolve("done")), "done");
  });
});
