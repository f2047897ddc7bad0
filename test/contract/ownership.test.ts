import assert from "node:assert/strict";
import { World, type Steering } from "./world";

let world: World;
const begin = async (steering?: Steering): Promise<void> => {
  world = await World.create(steering);
};
afterEach(() => world.remove());

const one = `new StylusImage("edge", args());`;

describe("Ownership (1)", () => {
  beforeEach(() => begin());

  it("1: keeps the image when it is replaced by identical bytes", async () => {
    const stack = await world.stack("replaced", one);
    await stack.up();
    const before = await world.published();
    assert.equal(before.length, 1);
    await stack.up("--replace", "**edge");
    assert.deepEqual(await world.published(), before);
    assert.equal(await world.disks(), 1);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(await world.published(), []);
  });
});
