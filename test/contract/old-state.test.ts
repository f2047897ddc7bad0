import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { publicKey } from "../unit/plan/user-data/public-key";
import { alter, change, fixtureNames, unpack } from "./fixture";
import { ownPackages } from "./package-manager";
import { World } from "./world";

let world: World;

describe("Old state (9)", () => {
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  const names = fixtureNames();
  const newest = names.at(-1)!;
  const published = (name: string): Promise<string[]> => world.published(`${name}/published`);

  it("9: there is a fixture of every earlier version", () => {
    const earlier = ["0.1.0-a", "0.1.0-b", "0.1.0-c", "0.1.0-d", "0.1.0-e"];
    assert.deepEqual(names.slice(0, earlier.length), earlier);
  });

  for (const name of names) {
    it(`9: ${name}: its state can be refreshed, updated and destroyed without a rebuild`, async () => {
      const stack = await unpack(world, name);
      const [stub] = stubsIn(await stack.stateText());
      assert.ok(stub !== undefined);
      // The fixture is another checkout of its project: its addresses are those of the folder where it was made.
      await stack.refresh();
      const { output } = await stack.up("--expect-no-changes");
      assert.doesNotMatch(output, /is available/);
      // The text of the stub never changes, so an update of the package does not change the state.
      assert.deepEqual(new Set(stubsIn(await stack.stateText())), new Set([stub]));

      await change(stack, { formats: ["qcow2", "raw"] });
      await stack.up();
      assert.deepEqual((await published(name)).map((path) => path.split(".").at(-1)).sort(), [
        "qcow2",
        "raw",
      ]);
      await stack.destroy();
      assert.deepEqual(await published(name), []);
      const left = await world.files(`${name}/published`);
      assert.deepEqual(left.sort(), [
        ".stylus-image/lock",
        ".stylus-image/machine.json",
        ".stylus-image/place.json",
      ]);
      assert.equal(await world.disks(), 0);
    });
  }

  it("9: state of a newer version is rejected with the version to install, and not changed", async () => {
    const stack = await unpack(world, newest);
    await alter(stack, { schemaVersion: 2 });
    const before = await stack.stateText();
    for (const command of ["preview", "destroy", "refresh"]) {
      const more = command === "preview" ? [] : ["--yes", "--skip-preview"];
      const { output } = await stack.run([command, ...more], 1);
      assert.match(
        output,
        /schema version 2; .* up to 1\. .*Install that version.*record\.unreadable/,
      );
    }
    assert.equal((await published(newest)).length, 1);
    assert.deepEqual(stubsIn(await stack.stateText()), stubsIn(before));
  });

  it("9: a newer recipe is shown in a preview, and used only by a replacement or on request", async () => {
    const modules = await ownPackages(join(world.folder, "next-year"));
    const packageFolder = join(modules, "pulumi-stylus-image");
    await addRecipe(join(packageFolder, "dist", "provider", "plan", "recipe.js"));
    const env = { STYLUS_TEST_PACKAGE: packageFolder };
    const stack = await unpack(world, newest, { modules, env });
    const notice = /Recipe 2 is available; this image was built with recipe 1\./;

    await stack.refresh();
    const unasked = await stack.preview("--expect-no-changes");
    assert.match(unasked.output, notice);
    await change(stack, { recipe: "latest" });
    const refused = await stack.run(["preview"], 1);
    assert.match(refused.output, /The recipe changed \(1 then, 2 now\)\./);
    assert.match(refused.output, /An earlier version accepted it, and the existing image keeps it/);
    assert.match(refused.output, /users\[1\]\.sshAuthorizedKeys\[0\].*is damaged/);
    await change(stack, { recipe: "latest", users });
    const asked = await stack.preview();
    assert.match(asked.output, /1 to replace/);
    assert.doesNotMatch(asked.output, notice);

    await change(stack, { triggers: ["another"], users });
    const plan = join(world.folder, "plan.json");
    await stack.preview("--save-plan", plan);
    await stack.up("--plan", plan);
    assert.equal((await recipeOf(stack)).recipe, "2");
    assert.equal(await world.disks(), 1);
    assert.equal((await published(newest)).length, 1);
    const after = await stack.preview("--expect-no-changes");
    assert.doesNotMatch(after.output, /is available/);
  });
});

/** For a new image. The key in the fixtures is cut off, which only earlier versions accepted. */
const users = [{ name: "keeper", sshAuthorizedKeys: [publicKey] }];

const recipeOf = (stack: Stack): Promise<{ recipe: string }> => stack.outputs();

/** Adds a newer recipe to a copy of the package. */
async function addRecipe(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  await rm(file);
  const more = 'recipes["2"] = { ...recipes["1"], version: "2" };\nexports.latestRecipe = "2";\n';
  await writeFile(file, `${text}\n${more}`);
}

/** Hashes of the stubs in the state. */
function stubsIn(state: string): string[] {
  const texts = [...state.matchAll(/"__provider":\s*("(?:[^"\\]|\\.)*")/g)];
  return texts.map(([, text]) =>
    createHash("sha256")
      .update(JSON.parse(text!) as string)
      .digest("hex"),
  );
}
