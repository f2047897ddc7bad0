import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { World } from "./world";

describe("A create that was killed", () => {
  let world: World;
  let server: UploadServer;

  beforeEach(async () => {
    world = await World.create();
    server = await startUploadServer();
  });
  afterEach(async () => {
    await server.stop();
    await world.remove();
  });

  const program = (more = ""): string => `
new StylusImage("edge", args({ formats: ["raw", "qcow2"], ${more} publishTo: [
  { type: "directory", path: folder + "/images" },
  { type: "http", url: "${server.origin}/images" },
] }));`;
  const assertEmpty = async (): Promise<void> => {
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
    assert.deepEqual([...server.files.keys()], []);
    assert.deepEqual(await world.owners("machine/stylus-image"), []);
  };

  it("P11: leaves nothing after an `up` with other inputs, whenever its agent was killed", async () => {
    const stack = await world.stack("killed", program());
    for (const [index, dieAt] of [
      "install started",
      "convert started",
      "publish finished",
      "publish finished 4",
      "result",
    ].entries()) {
      await world.rewrite(stack, program(`triggers: ["first ${index}"],`));
      await world.steer({ dieAt });
      await stack.run(["up", "--yes", "--skip-preview"], 1);
      await world.steer({});
      await world.rewrite(stack, program(`triggers: ["then ${index}"],`));
      await stack.up();
      assert.equal((await world.published()).length, 2, dieAt);
      assert.equal(server.files.size, 2, dieAt);
      assert.match((await world.owners()).join(), /^\w+ edge live$/, dieAt);
      await stack.destroy();
      await assertEmpty();
      await rm(join(world.folder, "machine", "stylus-image", "disks"), { recursive: true });
    }
  });

  it("P11: leaves nothing after the engine and the provider were killed right after an upload", async () => {
    const stack = await world.stack("engine", program());
    const running = stack.start(["up", "--yes", "--skip-preview"]);
    const end = Date.now() + 120_000;
    while (!server.log.some((it) => it.startsWith("PUT ")) && Date.now() < end) await delay(5);
    // The whole process group: the engine, the language host and the provider.
    process.kill(-(running.pid ?? 0), "SIGKILL");
    await running;
    // The agent ends by itself when its provider is gone.
    await delay(7000);
    await stack.run(["cancel", "--yes"]);
    await world.rewrite(stack, program(`triggers: ["again"],`));
    await stack.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
    await stack.up();
    assert.equal((await world.published()).length, 2);
    assert.equal(server.files.size, 2);
    await stack.destroy();
    await assertEmpty();
  });

  it("P11: touches neither a live image of the same URN in another backend nor a build of it that runs", async () => {
    const until = join(world.folder, "go");
    const stack = await world.stack("same", program());
    await stack.up();
    const image = await world.published();
    const other = await world.stack("same", program(`triggers: ["other"],`), {
      // Its install would take the only slot of the machine.
      machine: "another",
      backend: join(world.folder, "other-backend"),
      env: { STYLUS_TEST_STEERING: join(world.folder, "other.json") },
    });
    await world.steer({ until }, "other.json");
    const building = other.up();
    await world.awaitDisks(2);
    const third = await world.stack("same", program(`triggers: ["third"],`), {
      backend: join(world.folder, "third-backend"),
    });
    const { output } = await third.up();
    assert.match(output, /Another build of this resource may be under way/);
    assert.match(output, /Another owner with the same URN has the image/);
    for (const file of image) assert.ok((await world.published()).includes(file));
    await world.steer({}, "other.json");
    await writeFile(until, "");
    await building;
    assert.equal((await world.published()).length, 6);
    for (const each of [stack, other, third]) await each.destroy();
    await assertEmpty();
  });
});
