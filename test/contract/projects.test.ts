import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contentOf, ofImages } from "./content";
import { eventLog, imageInState } from "./operations";
import { World } from "./world";

const program = (args: object): string => `
const image = new StylusImage("edge", args(${JSON.stringify(args)} as any));
export const uris = image.artifacts.apply((all) => all.map(({ uri }) => uri));
`;

const relative = { type: "directory", path: "images" };

describe("The same relative path in two projects (P3)", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  it("P3: a preview and the outputs name only the project's own files, and neither project loses one", async () => {
    const first = await world.stack("first", program({ publishTo: [relative] }), { env: eventLog });
    await first.up();
    const published = await contentOf(join(first.folder, "images"));
    const second = await world.stack("second", program({ publishTo: [relative] }), {
      env: eventLog,
    });
    const { output } = await second.preview();
    assert.ok(!output.includes(first.folder), output);
    await second.up();
    const { uris } = await second.outputs<{ uris: readonly string[] }>();
    assert.deepEqual(
      uris.map((uri) => fileURLToPath(uri).startsWith(join(second.folder, "images"))),
      [true],
    );
    assert.ok(!(await second.stateText()).includes(join(first.folder, "images")));
    assert.equal(await world.disks(), 1);
    await second.destroy();
    assert.deepEqual(ofImages(await contentOf(join(second.folder, "images"))), {});
    assert.deepEqual(await contentOf(join(first.folder, "images")), published);
    assert.ok(!(await first.preview()).output.includes("will be published"));
  });

  it("P3: an image is adopted from another project's folder into the project's own of the same name", async () => {
    const first = await world.stack("third", program({ publishTo: [relative] }), { env: eventLog });
    await first.up();
    const key = String((await imageInState(first))?.["installKey"]);
    const published = await contentOf(join(first.folder, "images"));
    const theirs = { type: "directory", path: join(first.folder, "images") };
    const adopting = `
const { installer, ...rest } = args({ publishTo: ${JSON.stringify([theirs, relative])} as any });
void installer;
new StylusImage("edge", { ...rest, adopt: "${key}" });
`;
    // Another machine, which has no disk in its cache, or the same one without it.
    const second = await world.stack("fourth", adopting, { env: eventLog });
    const disks = join(world.folder, "machine", "stylus-image", "disks");
    assert.notDeepEqual(await readdir(disks), []);
    await rm(disks, { recursive: true });
    await second.up();
    const own = Object.entries(await contentOf(join(second.folder, "images")));
    const image = (files: readonly (readonly [string, string])[]) =>
      files.filter(([path]) => path.endsWith(".qcow2"));
    assert.deepEqual(image(own), image(Object.entries(published)));
    assert.equal(await world.disks(), 1);
  });
});
