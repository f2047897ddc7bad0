import assert from "node:assert/strict";
import type { Stack } from "../e2e/stack";
import { World } from "./world";

const at = `publishTo: [{ type: "directory" as const, path: folder + "/images" }]`;

const owner = `
new SiteSeed("site", { userData: { hostname: "store-7" }, ${at} });
new StylusImage("golden", args());
`;

const reader = (id: string): string => `
const seed = SiteSeed.get("found", "${id}", { ${at} });
export const url = seed.artifact().url;
export const key = seed.seedKey;
`;

describe("SiteSeed.get", () => {
  let world: World;
  let one: Stack;

  before(async () => {
    world = await World.create();
    one = await world.stack("one", owner);
    await one.up();
  });
  after(() => world.remove());

  /** ID of the first stack's seed, from the name of its folder. */
  const idOf = async (name: string): Promise<string> => {
    const found = (await world.files()).map((file) => file.split("/")[0] ?? "");
    return found.find((folder) => folder.startsWith(`${name}-`)) ?? "none";
  };

  it("reads the seed of another stack repeatedly, and never deletes it", async () => {
    const id = await idOf("site");
    const two = await world.stack("two", reader(id));
    const before = await world.files();
    for (let times = 0; times < 2; times += 1) {
      await two.up();
      const { url, key } = await two.outputs<{ url: string; key: string }>();
      assert.match(url, new RegExp(`/images/${id}/site-[0-9a-f]{12}\\.iso$`));
      assert.equal(`site-${key.slice(0, 12)}`, id);
      await two.refresh();
    }
    await two.destroy();
    assert.deepEqual(await world.files(), before);
  });

  it("rejects the ID of an image", async () => {
    const three = await world.stack("three", reader(await idOf("golden")));
    const { all, exitCode } = await three.start(["up", "--yes", "--skip-preview"]);
    assert.notEqual(exitCode, 0);
    assert.match(all, /golden-[0-9a-f]{12} is the ID of a StylusImage, not of a SiteSeed/);
  });
});
