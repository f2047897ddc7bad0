import assert from "node:assert/strict";
import { execa } from "execa";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findSecret } from "../e2e/secret-search";
import type { Stack } from "../e2e/stack";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { eventLog, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

const token = "tok-9f8e7d6c5b4a3210-edge/host+token=";

/** A golden image, a seed for one site, and a machine with both. */
const program = (origin: string, name: string, targets: readonly string[]): string => `
import { readFileSync } from "node:fs";
const image = new StylusImage("golden", args());
const seed = new SiteSeed("site", {
  palette: { edgeHostToken: readFileSync(folder + "/token", "utf8"), name: "${name}" },
  publishTo: [
    ${targets.includes("folder") ? `{ type: "directory" as const, path: folder + "/images" },` : ""}
    ${targets.includes("server") ? `{ type: "http" as const, url: "${origin}/seeds" },` : ""}
  ],
});
new Machine("machine", pulumi.interpolate\`\${image.artifact("qcow2").url} \${seed.artifact().url}\`);
`;

describe("SiteSeed (1, 2, 4, 5, 6)", () => {
  let world: World;
  let server: UploadServer;
  let stack: Stack;

  before(async () => {
    world = await World.create();
    await writeFile(join(world.folder, "token"), token);
    server = await startUploadServer();
    stack = await world.stack("one", both("store-7"), { env: eventLog });
  });
  after(async () => {
    await server.stop();
    await world.remove();
  });

  const both = (name: string): string => program(server.origin, name, ["folder", "server"]);
  const read = (name: string): Promise<string> =>
    readFile(join(world.folder, "images", name), "latin1");
  const expect = async (operations: Operations): Promise<void> => {
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, operations, done.preview.output);
    assert.deepEqual(done.up.operations, operations, done.up.output);
  };
  const seeds = async (): Promise<string[]> =>
    (await world.files()).filter((name) => name.startsWith("site-") && name.endsWith(".iso"));

  it("2: is created once, with a machine, and does not change in a second up", async () => {
    await expect({ golden: "create", site: "create", machine: "create" });
    assert.equal((await seeds()).length, 1);
    assert.equal(server.files.size, 1);
    await expect({ golden: "same", site: "same", machine: "same" });
  });

  it("2: is a CD with the label and files that cloud-init reads", async () => {
    const [name = ""] = await seeds();
    const path = join(world.folder, "images", name);
    const { stdout: label } = await execa("blkid", ["-p", "-o", "value", "-s", "LABEL", path]);
    assert.equal(label, "cidata");
    const { stdout: text } = await execa("7z", ["e", "-so", path, "user-data"]);
    assert.match(text, /^#cloud-config\n/);
    assert.match(text, /edgeHostToken: "?tok-9f8e/);
    assert.match(text, /name: "?store-7/);
    assert.doesNotMatch(text, /^install:/m);
  });

  it("2: has the same bytes as the CD of the command line", async () => {
    const [name = ""] = await seeds();
    const options = { name: "site", "edge-host-id": "store-7", to: join(world.folder, "by-hand") };
    const args = Object.entries(options).map(([key, value]) => `--${key}=${value}`);
    const file = join(world.folder, "token");
    await world.commandLine("seed", `--edge-host-token-file=${file}`, ...args);
    assert.equal(
      await read(join("..", "by-hand", name)),
      await read(name),
      "the same bytes under the same name",
    );
    await world.commandLine("remove", `--to=${options.to}`);
    assert.deepEqual(await world.records("by-hand"), []);
  });

  it("5: has no secret in state, output and records, and the search finds the token in the CD", async () => {
    const { output } = await stack.preview("--diff");
    const records = await Promise.all((await world.records()).map((name) => read(name)));
    const said = [output, await stack.stateText(), ...records].join("\n");
    assert.ok(records.length > 3);
    assert.equal(findSecret(said, token), undefined);
    const [name = ""] = await seeds();
    assert.notEqual(findSecret(await read(name), token), undefined);
  });

  it("2: is replaced for another site, with the machine and nothing else", async () => {
    const before = await seeds();
    await world.rewrite(stack, both("store-8"));
    await expect({ golden: "same", site: "replace", machine: "replace" });
    const after = await seeds();
    assert.equal(after.length, 1);
    assert.notDeepEqual(after, before);
    assert.equal(server.files.size, 1);
    assert.equal(await world.disks(), 1);
  });

  it("4: is made again with the same URL and bytes when it was lost", async () => {
    const [name = ""] = await seeds();
    const path = join(world.folder, "images", name);
    const digestOf = async (): Promise<string> => (await execa("sha256sum", [path])).stdout;
    const before = await digestOf();
    await rm(path);
    await stack.refresh();
    await expect({ golden: "same", site: "update", machine: "same" });
    assert.equal(await digestOf(), before);
  });

  it("2: is published at an added target, and removed from a dropped one", async () => {
    await world.rewrite(stack, program(server.origin, "store-8", ["folder"]));
    await expect({ golden: "same", site: "update", machine: "same" });
    assert.equal(server.files.size, 0);
    await world.rewrite(stack, both("store-8"));
    await expect({ golden: "same", site: "update", machine: "same" });
    assert.equal(server.files.size, 1);
  });

  it("1: stays while another stack owns the same seed, and is removed with the last one", async () => {
    const other = await world.stack("two", both("store-8"), { machine: "elsewhere" });
    await other.up();
    assert.equal((await seeds()).length, 1);
    await stack.destroy();
    assert.equal((await seeds()).length, 1);
    assert.equal(server.files.size, 1);
    await other.destroy();
    assert.deepEqual(await world.records(), []);
    assert.deepEqual(await seeds(), []);
    assert.equal(server.files.size, 0);
  });

  it("6: reports all problems at once with their property paths", async () => {
    const told = async (name: string, program: string): Promise<string> => {
      const wrong = await world.stack(name, program);
      const { all, exitCode } = await wrong.start(["preview", "--non-interactive"]);
      assert.notEqual(exitCode, 0, all);
      return all;
    };
    const filled = await told(
      "filled",
      `new SiteSeed("site", {
      palette: { name: "x".repeat(129), interfaces: { eth0: { type: "static", mask: "255.0.0.0" } } },
      publishTo: [{ type: "directory", path: folder + "/images", formats: ["raw"] }],
    });`,
    );
    assert.match(filled, /palette\.name/);
    assert.match(filled, /palette\.interfaces\.eth0\.ipAddress.* is required for a static address/);
    assert.match(filled, /publishTo\[0\]\.formats.* is only for images/);
    const empty = await told("empty", `new SiteSeed("site", { publishTo: [] });`);
    assert.match(empty, /publishTo.* needs at least one target/);
    assert.match(empty, /is empty: give `palette`, `users` or `userData`/);
  });
});
