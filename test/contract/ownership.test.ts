import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serveFile } from "../servers/http-files";
import { World } from "./world";

let world: World;

const one = `new StylusImage("edge", args());`;

/** Asserts that neither artifacts nor records are left. */
async function assertEmpty(): Promise<void> {
  assert.deepEqual([await world.published(), await world.records()], [[], []]);
}

describe("Ownership (1)", () => {
  beforeEach(async () => (world = await World.create()));
  afterEach(() => world.remove());

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
    await assertEmpty();
  });

  it("1: keeps the image when only the installer's ETag or the spelling of the path changed, and replaces it for a trigger", async () => {
    const server = await serveFile({ content: Buffer.from("an installer"), etag: '"one"' });
    try {
      const program = (more: string) =>
        `new StylusImage("edge", args({ installer: "${server.url}", ${more} }));`;
      const stack = await world.stack("validators", program(""));
      await stack.up();
      const before = await world.published();
      assert.equal(before.length, 1);

      server.behaviour.etag = '"two"';
      // The answer of the server is cached for ten minutes.
      await rm(join(world.folder, "machine", "stylus-image", "answers"), { recursive: true });
      const { output } = await stack.up();
      assert.match(output, /1 replaced/);
      assert.deepEqual(await world.published(), before);
      assert.equal(await world.disks(), 1);

      // A relative path through the root of the file system.
      const path = `"${"../".repeat(20)}" + folder + "/images"`;
      await world.rewrite(stack, program(`publishTo: [{ type: "directory", path: ${path} }]`));
      await stack.up();
      assert.deepEqual(await world.published(), before);

      await world.rewrite(stack, program(`triggers: ["again"]`));
      await stack.up();
      const after = await world.published();
      assert.equal(after.length, 1);
      assert.notDeepEqual(after, before);
      assert.equal(await world.disks(), 2);
      await stack.destroy();
      await assertEmpty();
    } finally {
      await server.close();
    }
  });

  it("1: keeps an image while one of two resources, stacks or machines owns it", async () => {
    const two = `${one}\nnew StylusImage("twin", args());`;
    const stack = await world.stack("first", two);
    await stack.up();
    const image = await world.published();
    assert.equal(image.length, 1);
    const other = await world.stack("second", one, { machine: "another" });
    await other.up();
    assert.equal(await world.disks(), 1);
    assert.equal((await world.owners()).length, 3);

    // Deletes the resource that built the image, whose name is part of the folder.
    const [folder] = image[0]?.split("/") ?? [];
    const builder = folder?.startsWith("edge") ? "edge" : "twin";
    await world.rewrite(
      stack,
      `new StylusImage("${builder === "edge" ? "twin" : "edge"}", args());`,
    );
    await stack.up();
    assert.deepEqual(await world.published(), image);
    await stack.destroy();
    assert.deepEqual(await world.published(), image);
    await other.refresh();
    await other.up("--expect-no-changes");
    assert.equal((await world.owners()).length, 1);
    await other.destroy();
    await assertEmpty();
    assert.equal(await world.disks(), 1);
  });

  it("1: continues after a killed build, whenever it was killed", async () => {
    const both = `new StylusImage("edge", args({ formats: ["raw", "qcow2"] }));`;
    const stack = await world.stack("killed", both);
    for (const [dieAt, disks, published, left] of [
      // Only the marker exists.
      ["install started", 0, 0, "pending"],
      // The head exists.
      ["convert started", 1, 0, "pending"],
      // An artifact exists that is not in a record.
      ["publish finished", 1, 1, "pending"],
      // The record lists one of two artifacts.
      ["convert started 2", 1, 1, "pending"],
    ] as const) {
      const before = await world.disks();
      await world.steer({ dieAt });
      const failed = await stack.run(["up", "--yes", "--skip-preview"], 1);
      assert.match(failed.output, /SIGKILL/, dieAt);
      assert.equal((await world.published()).length, published, dieAt);
      const owners = await world.owners();
      assert.match(owners.join(), new RegExp(`^\\w+ edge ${left}$`), dieAt);

      await world.steer({});
      await stack.up();
      assert.equal((await world.published()).length, 2, dieAt);
      assert.match((await world.owners()).join(), /^\w+ edge live$/, dieAt);
      assert.equal((await world.disks()) - before, Math.max(disks, 1), dieAt);
      await stack.destroy();
      await assertEmpty();
      await rm(join(world.folder, "machine", "stylus-image", "disks"), { recursive: true });
    }
  });

  it("1: gives two machines that build at the same time one image", async () => {
    const until = join(world.folder, "go");
    await world.steer({ until, seed: "one" });
    await world.steer({ until, seed: "two" }, "another.json");
    const stack = await world.stack("one", one);
    const other = await world.stack("other", one, {
      machine: "another",
      env: { STYLUS_TEST_STEERING: join(world.folder, "another.json") },
    });
    const ups = Promise.all([stack.up(), other.up()]);
    // Both begin before either of them may finish.
    await world.awaitDisks(2);
    await writeFile(until, "");
    const outputs = (await ups).map(({ output }) => output).join();
    assert.match(outputs, /Another machine finished the same image first/);
    const image = await world.published();
    assert.equal(image.length, 1);
    assert.deepEqual(
      (await world.owners()).map((owner) => owner.slice(13)),
      ["edge live", "edge live"],
    );
    for (const each of [stack, other]) {
      await each.refresh();
      await each.up("--expect-no-changes");
    }
    await stack.destroy();
    assert.deepEqual(await world.published(), image);
    await other.destroy();
    await assertEmpty();
    assert.equal(await world.disks(), 2);
  });

  it("1: keeps an image that the CLI and a stack own until both have removed it", async () => {
    await world.buildAsCommandLine();
    const image = await world.published();
    assert.equal(image.length, 1);
    const stack = await world.stack("adopter", one, { machine: "another" });
    await stack.up();
    assert.deepEqual(await world.published(), image);
    await stack.destroy();
    assert.deepEqual(await world.published(), image);

    await stack.up();
    await world.commandLine("remove", "--to", join(world.folder, "images"));
    assert.deepEqual(await world.published(), image);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    await assertEmpty();
    assert.equal(await world.disks(), 1);
  });
});
