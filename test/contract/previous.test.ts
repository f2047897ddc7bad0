import assert from "node:assert/strict";
import { World } from "./world";

let world: World;

/** An image whose content depends on the trigger, with up to two previous images. */
const program = (trigger: string, keepPrevious: number): string =>
  `new StylusImage("edge", args({ triggers: ["${trigger}"], keepPrevious: ${keepPrevious} }));`;

/** States of the markers, without the install keys. */
const states = async (): Promise<string[]> =>
  (await world.owners()).map((owner) => owner.split(" ").slice(1).join(" ")).sort();

describe("Previous images (10)", () => {
  beforeEach(async () => (world = await World.create()));
  afterEach(() => world.remove());

  it("10: keepPrevious keeps previous images, and former inputs adopt one without an install", async () => {
    const stack = await world.stack("rollback", program("a", 1));
    await stack.up();
    const a = await world.published();
    assert.equal(a.length, 1);

    await world.rewrite(stack, program("b", 1));
    await stack.up();
    const ab = await world.published();
    const b = ab.filter((name) => !a.includes(name));
    assert.deepEqual([ab.length, b.length, await world.disks()], [2, 1, 2]);
    assert.deepEqual(await states(), ["edge live", "edge previous"]);

    // Former inputs: nothing is installed, and the current image becomes a previous one.
    await world.rewrite(stack, program("a", 1));
    const { output } = await stack.up();
    assert.match(output, /1 replaced/);
    assert.deepEqual([await world.published(), await world.disks()], [ab, 2]);
    assert.deepEqual(await states(), ["edge live", "edge previous"]);
    await stack.up("--expect-no-changes");

    // A third image: the one that was replaced first is removed, which is not the one that was built first.
    await world.rewrite(stack, program("c", 1));
    await stack.up();
    const ac = await world.published();
    assert.equal(await world.disks(), 3);
    assert.equal(ac.length, 2);
    assert.ok(ac.includes(a[0] ?? "") && !ac.includes(b[0] ?? ""), ac.join());

    // A change of the number builds nothing, and removes the excess images.
    await world.rewrite(stack, program("c", 0));
    const swept = await stack.up();
    assert.match(swept.output, /`keepPrevious` changed \(1 then, 0 now\)/);
    assert.deepEqual(
      await world.published(),
      ac.filter((name) => !a.includes(name)),
    );
    assert.deepEqual([await states(), await world.disks()], [["edge live"], 3]);
    await stack.up("--expect-no-changes");

    // Deleting the resource removes its previous images.
    await world.rewrite(stack, program("a", 2));
    await stack.up();
    assert.equal((await world.published()).length, 2);
    await stack.destroy();
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });

  it("10: keepPrevious keeps images of other stacks, and has no effect with deleteBeforeReplace", async () => {
    const stack = await world.stack("keeper", program("a", 1));
    const other = await world.stack("other", program("a", 0));
    await stack.up();
    await other.up();
    const a = await world.published();
    for (const trigger of ["b", "c"]) {
      await world.rewrite(stack, program(trigger, 1));
      await stack.up();
    }
    const published = await world.published();
    assert.equal(published.length, 3);
    assert.ok(published.includes(a[0] ?? ""));
    assert.deepEqual(await states(), ["edge live", "edge live", "edge previous"]);

    // The old resource is deleted before the new one is created, which removes the previous images too.
    await world.rewrite(
      stack,
      program("d", 1).replace(/\);$/, ", { deleteBeforeReplace: true });"),
    );
    await stack.up();
    assert.deepEqual(await states(), ["edge live", "edge live"]);
    await stack.destroy();
    assert.deepEqual(await world.published(), a);
    await other.up("--expect-no-changes");
    await other.destroy();
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });
});
