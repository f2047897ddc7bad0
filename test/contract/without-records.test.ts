import assert from "node:assert/strict";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import type { Stack } from "../e2e/stack";
import { eventLog, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

/** An image in a folder, which keeps records, and on a web server, which does not. */
const program = (origin: string, targets: readonly ("folder" | "server")[]): string => `
const image = new StylusImage("edge", args({
  publishTo: [
    ${targets.includes("folder") ? `{ type: "directory" as const, path: folder + "/images" },` : ""}
    ${targets.includes("server") ? `{ type: "http" as const, url: "${origin}/images", headers: { Authorization: "Bearer planted-t0ken" } },` : ""}
  ],
}));
new Machine("machine", image.artifact("qcow2"${targets.includes("server") ? `, "${origin}/images"` : ""}).url);
`;

describe("A target that keeps no records (1, 2, 4, 5)", () => {
  let world: World;
  let server: UploadServer;
  let stack: Stack;

  before(async () => {
    world = await World.create();
    server = await startUploadServer();
    const text = program(server.origin, ["folder", "server"]);
    stack = await world.stack("one", text, { env: eventLog });
  });
  after(async () => {
    await server.stop();
    await world.remove();
  });

  const expect = async (operations: Operations): Promise<void> => {
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, operations, done.preview.output);
    assert.deepEqual(done.up.operations, operations, done.up.output);
  };
  const sent = (): string[] => server.log.filter((line) => line.startsWith("PUT "));

  it("2: is published to, without uploads in a second up", async () => {
    await expect({ edge: "create", machine: "create" });
    assert.equal(server.files.size, 1);
    const before = sent().length;
    await expect({ edge: "same", machine: "same" });
    assert.equal(sent().length, before);
  });

  it("5: has its token in neither state nor output", async () => {
    const { output } = await stack.preview("--diff");
    assert.doesNotMatch(output + (await stack.stateText()), /planted-t0ken/);
  });

  it("4: is checked by a refresh, and a lost artifact is published again with the same URL", async () => {
    const [path] = server.files.keys();
    server.files.clear();
    await stack.refresh();
    await expect({ edge: "update", machine: "same" });
    assert.deepEqual([...server.files.keys()], [path]);
    assert.equal(await world.disks(), 1);
  });

  it("4: causes no change while it denies all requests", async () => {
    server.refuse = () => 403;
    const { output } = await stack.refresh();
    assert.match(output, /could not be (asked|checked)/);
    server.refuse = () => undefined;
    await expect({ edge: "same", machine: "same" });
  });

  it("1: keeps the file while one of two stacks on two machines owns the image", async () => {
    const text = program(server.origin, ["folder", "server"]);
    const other = await world.stack("two", text, { machine: "elsewhere" });
    const before = sent().length;
    await other.up();
    assert.equal(sent().length, before);
    assert.equal(await world.disks(), 1);
    await stack.destroy();
    assert.equal(server.files.size, 1);
    await other.destroy();
    assert.equal(server.files.size, 0);
    assert.deepEqual(await world.published(), []);
    assert.deepEqual(await world.records(), []);
  });

  it("1: loses its file in an update that removes it from `publishTo`", async () => {
    const third = await world.stack("three", program(server.origin, ["folder", "server"]));
    await third.up();
    assert.equal(server.files.size, 1);
    await world.rewrite(third, program(server.origin, ["folder"]));
    await third.up();
    assert.equal(server.files.size, 0);
    assert.equal((await world.published()).length, 1);
    await third.destroy();
    assert.deepEqual(await world.records(), []);
  });

  it("1: keeps its file for owners that publish there, and for no others", async () => {
    const folder = await world.stack("folder", program(server.origin, ["folder"]));
    const both = await world.stack("both", program(server.origin, ["folder", "server"]));
    await folder.up();
    await both.up();
    assert.equal(server.files.size, 1);
    // Another resource on this machine owns the image, but never published to the server.
    await world.rewrite(both, program(server.origin, ["folder"]));
    await both.up();
    assert.equal(server.files.size, 0);
    assert.equal((await world.published()).length, 1);

    // An update that adds the server makes the other resource an owner there.
    for (const stack of [folder, both]) {
      await world.rewrite(stack, program(server.origin, ["folder", "server"]));
      await stack.up();
    }
    await both.destroy();
    assert.equal(server.files.size, 1);
    await folder.destroy();
    assert.equal(server.files.size, 0);
    assert.deepEqual(await world.records(), []);
  });

  it("1: is empty after destroy if it is the only target", async () => {
    const alone = await world.stack("alone", program(server.origin, ["server"]));
    await alone.up();
    assert.equal(server.files.size, 1);
    await alone.up("--expect-no-changes");
    await alone.destroy();
    assert.equal(server.files.size, 0);
  });
});
