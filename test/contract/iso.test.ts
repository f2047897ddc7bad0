import assert from "node:assert/strict";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { standInInstaller } from "../servers/stand-in";
import type { Stack } from "../e2e/stack";
import { eventLog, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

interface Shape {
  readonly formats?: readonly string[];
  readonly options?: string;
}

/** An image with an ISO and possibly other formats, and a machine from each. */
function program({ formats = [], options = "" }: Shape): string {
  const others = formats.map((it) => `new Machine("${it}", image.artifact("${it}").url);`);
  return `
const image = new StylusImage("edge", args({
  formats: [{ type: "iso"${options} }, ...(${JSON.stringify(formats)} as "qcow2"[])],
  publishTo: [{ type: "directory" as const, path: folder + "/images" }],
}));
new Machine("iso", image.artifact("iso").url);
${others.join("\n")}
export const outputs = image.outputs;
`;
}

describe("An image with the format iso (2, 4, 10)", () => {
  let world: World;
  let stack: Stack;

  before(async () => {
    world = await World.create();
    await copyFile(await standInInstaller(), join(world.folder, "installer.iso"));
    stack = await world.stack("medium", program({}), { env: eventLog });
  });
  after(() => world.remove());

  const expect = async (operations: Operations, reason?: RegExp): Promise<void> => {
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, operations, done.preview.output);
    assert.deepEqual(done.up.operations, operations, done.up.output);
    if (reason !== undefined) assert.match(done.preview.output, reason);
  };
  const published = async (): Promise<string[]> =>
    (await world.files()).filter((name) => /^[^.].*\.(iso|qcow2)$/.test(name));

  it("2: is created without an install, with a warning about what the medium does", async () => {
    const { up } = await previewThenUp(stack);
    assert.deepEqual(up.operations, { edge: "create", iso: "create" });
    assert.match(up.output, /wipes the largest disk and installs itself/);
    assert.equal(await world.disks(), 0);
    assert.equal((await published()).length, 1);
    const { outputs } = await stack.outputs<{ outputs: Record<string, unknown> }>();
    assert.equal(outputs["contentDigest"], undefined);
    assert.equal(typeof outputs["installKey"], "string");
  });

  it("2: does not change in a second up", () => expect({ edge: "same", iso: "same" }));

  it("2: is installed when a disk format is added, and the ISO stays unchanged", async () => {
    const [before] = await published();
    await world.rewrite(stack, program({ formats: ["qcow2"] }));
    await expect({ edge: "update", iso: "same", qcow2: "create" }, /qcow2 will be published/);
    assert.equal(await world.disks(), 1);
    assert.ok((await published()).includes(before ?? ""));
    const { outputs } = await stack.outputs<{ outputs: Record<string, unknown> }>();
    assert.match(String(outputs["contentDigest"]), /^[0-9a-f]{64}$/);
  });

  it("4: is made again with the same bytes when it was lost, without an install", async () => {
    const before = await published();
    const lost = before.find((name) => name.endsWith(".iso")) ?? "";
    const bytes = await readFile(join(world.folder, "images", lost));
    await rm(join(world.folder, "images", lost));
    await stack.refresh();
    await expect({ edge: "update", iso: "same", qcow2: "same" }, /iso is missing or altered/);
    assert.deepEqual(await readFile(join(world.folder, "images", lost)), bytes);
    assert.equal(await world.disks(), 1);
  });

  it("2: is made again when a content bundle changes, but not the other formats", async () => {
    const bundle = join(world.folder, "content.tar.zst");
    await writeFile(bundle, "first");
    const options = `, contentBundles: [folder + "/content.tar.zst"]`;
    await world.rewrite(stack, program({ formats: ["qcow2"], options }));
    await expect({ edge: "update", iso: "replace", qcow2: "same" });
    await writeFile(bundle, "second");
    await expect({ edge: "update", iso: "replace", qcow2: "same" });
    await expect({ edge: "same", iso: "same", qcow2: "same" });
    assert.equal(await world.disks(), 1);
    assert.equal((await published()).length, 2);
  });

  it("10: is adopted by a stack on another machine, and removed with its last owner", async () => {
    const options = `, contentBundles: [folder + "/content.tar.zst"]`;
    const other = await world.stack("other", program({ options }), { machine: "elsewhere" });
    await other.up();
    assert.equal(await world.disks(), 1);
    const [mine, theirs] = await Promise.all([
      stack.outputs<{ outputs: { artifacts: { url: string }[] } }>(),
      other.outputs<{ outputs: { artifacts: { url: string }[] } }>(),
    ]);
    assert.equal(theirs.outputs.artifacts[0]?.url, mine.outputs.artifacts[0]?.url);
    await stack.destroy();
    assert.ok((await published()).some((name) => name.endsWith(".iso")));
    await other.destroy();
    assert.deepEqual(await published(), []);
    assert.deepEqual(await world.records(), []);
  });
});
