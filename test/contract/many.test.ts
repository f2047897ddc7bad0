import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { slotCount } from "../../provider/system/machine";
import { World } from "./world";

let world: World;

describe("Many images at once (10)", () => {
  beforeEach(async () => (world = await World.create()));
  afterEach(() => world.remove());

  it("10: builds wait for a free place of the host, and say so", async () => {
    const until = join(world.folder, "go");
    await world.steer({ until });
    const places = await slotCount();
    const program = `
for (let i = 0; i <= ${places}; i++) new StylusImage("edge-" + i, args({ triggers: [i] }));`;
    const stack = await world.stack("queue", program);
    const up = stack.start(["up", "--yes", "--skip-preview"]);
    let output = "";
    up.all.on("data", (data: Buffer) => (output += String(data)));
    const waits = /Other builds use this machine; waiting for a free place/;
    const ended = up.then(() => true);
    for (const end = Date.now() + 120_000; !waits.test(output);) {
      assert.ok(Date.now() < end, output);
      assert.ok(!(await Promise.race([ended, delay(200)])), output);
    }
    // Whoever waits has not begun.
    await world.awaitDisks(places);
    await delay(2000);
    assert.equal(await world.disks(), places);
    await writeFile(until, "");
    assert.equal((await up).exitCode, 0, output);
    assert.equal(await world.disks(), places + 1);
  });
});
