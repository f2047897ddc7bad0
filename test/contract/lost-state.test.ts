import assert from "node:assert/strict";
import { execa } from "execa";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { World } from "./world";

const repository = join(__dirname, "..", "..");

describe("Owners whose state is lost", () => {
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
new StylusImage("edge", args({ ${more} publishTo: [
  { type: "directory", path: folder + "/images" },
  { type: "http", url: "${server.origin}/images" },
] }));`;
  /** Everything at both targets, and the owners that the cache lists. */
  const everything = async (): Promise<unknown> => [
    await world.files(),
    [...server.files.keys()].sort(),
    await world.owners("machine/stylus-image"),
  ];
  const assertEmpty = async (): Promise<void> => {
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
    assert.deepEqual([...server.files.keys()], []);
    assert.deepEqual(await world.owners("machine/stylus-image"), []);
  };
  /** Runs `stylus-image` on the stack's machine. */
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [join(repository, "dist", "provider", "cli", "main.js"), ...args], {
      env: { XDG_CACHE_HOME: join(world.folder, "machine") },
      reject: false,
    });
  const advised = (output: string): string[] => {
    const [, command = ""] = /`stylus-image (owners [^`]+ --yes)`/.exec(output) ?? [];
    assert.notEqual(command, "", output);
    return command.split(/\s+/);
  };
  const loseState = async (stack: Stack): Promise<void> => {
    const { output } = await stack.run(["stack", "--show-urns"]);
    const urn = /urn:\S+StylusImage::edge/.exec(output)?.[0] ?? "";
    await stack.run(["state", "delete", urn, "--yes"]);
  };

  it("P10: the image of a lost state is adopted with a warning, and removed after its owner is given up", async () => {
    const stack = await world.stack("lost", program());
    await stack.up();
    await loseState(stack);
    const adopted = await stack.up();
    assert.equal(await world.disks(), 1);
    assert.match(adopted.output, /warning: .*Another owner with the same URN has this image/);
    const command = advised(adopted.output);

    const listed = await run("owners", "--to", join(world.folder, "images"), "--json");
    const { owners } = JSON.parse(listed.stdout) as { owners: Record<string, string>[] };
    assert.equal(owners.length, 2);
    for (const owner of owners) {
      assert.match(owner["owner"] ?? "", /^urn:pulumi:lost::fleet::.*::edge$/);
      assert.equal(owner["state"], "live");
      assert.match(owner["time"] ?? "", /^20\d\d-/);
      assert.notEqual(owner["machine"] ?? "", "");
    }

    // Without a confirmation nothing changes.
    const before = await everything();
    const refused = await run(...command.filter((word) => word !== "--yes"));
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /Nothing was changed yet/);
    assert.deepEqual(await everything(), before);

    const destroyed = await stack.destroy();
    assert.match(destroyed.output, /keeps the image for an owner with the URN of this resource/);
    assert.equal((await world.published()).length, 1);
    assert.equal(server.files.size, 1);
    const given = await run(...command);
    assert.equal(given.exitCode, 0, given.stderr);
    assert.match(given.stdout, /removed {2}qcow2/);
    await assertEmpty();
  });

  it("P10: giving up a lost owner removes nothing that the resource still uses", async () => {
    const stack = await world.stack("lost", program());
    await stack.up();
    await loseState(stack);
    const command = advised((await stack.up()).output);
    const before = [await world.published(), [...server.files.keys()]];
    const given = await run(...command);
    assert.equal(given.exitCode, 0, given.stderr);
    assert.deepEqual([await world.published(), [...server.files.keys()]], before);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    await assertEmpty();
  });

  it("P10: neither a replacement nor another stack is taken for a lost state", async () => {
    const stack = await world.stack("one", program());
    const other = await world.stack("two", program());
    await stack.up();
    await world.rewrite(stack, program(`triggers: ["again"],`));
    const outputs = [
      (await stack.up()).output,
      (await other.up()).output,
      (await other.destroy()).output,
    ];
    assert.doesNotMatch(outputs.join(), /same URN|URN of this resource/);
    await stack.destroy();
    await assertEmpty();
  });
});
