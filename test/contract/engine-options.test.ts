import assert from "node:assert/strict";
import { World } from "./world";

let world: World;

/** One image for each option; the version is a trigger of all. */
const fleet = ({ version, renamed = "old" }: { version: number; renamed?: string }): string => `
const image = (name: string, options: pulumi.CustomResourceOptions, version = ${version}) =>
  new StylusImage(name, args({ triggers: [name, version] }), options);
class Fleet extends pulumi.ComponentResource {
  constructor() {
    super("test:index:Fleet", "fleet");
    new StylusImage("child", args({ triggers: ["child"] }), { parent: this });
  }
}
new Fleet();
image("early", { deleteBeforeReplace: true });
image("ignoring", { ignoreChanges: ["triggers"] });
image("guarded", { protect: true, ignoreChanges: ["triggers"] });
image("retained", { retainOnDelete: true, ignoreChanges: ["triggers"] });
new StylusImage("${renamed}", args({ triggers: ["renamed"] }), { aliases: [{ name: "old" }] });`;

/** Names of the images that have published artifacts. */
const images = async (): Promise<string[]> =>
  (await world.published()).map((name) => name.replace(/-[0-9a-f]{12}\/.*/, "")).sort();
const everyone = ["child", "early", "guarded", "ignoring", "old", "retained"];
const owned = async (): Promise<string[]> =>
  (await world.owners()).map((owner) => owner.split(" ").slice(1).join(" ")).sort();

describe("Options of the engine (10)", () => {
  beforeEach(async () => (world = await World.create()));
  afterEach(() => world.remove());

  it("10: a component's child, aliases, ignoreChanges, --target, deleteBeforeReplace, protect and retainOnDelete work as documented", async () => {
    const stack = await world.stack("options", fleet({ version: 1 }));
    await stack.up();
    assert.deepEqual(await images(), everyone);
    const first = await world.published();
    // The owner of the child is its URN, which contains the parent's type.
    const { output: urns } = await stack.run(["stack", "--show-urns"]);
    const urn = /urn:\S+Fleet\$\S+::child/.exec(urns)?.[0] ?? "";
    assert.ok((await world.ownerUrns()).includes(urn), urn);

    // A renamed image and one that ignores the trigger do not change. Only the target of --target is replaced, and the old
    // one is deleted first: when the new one fails, no image is left.
    await world.rewrite(stack, fleet({ version: 2, renamed: "new" }));
    await world.steer({ fail: "install.stalled" });
    const target = ["--target", "**::early"];
    await stack.run(["up", "--yes", "--skip-preview", ...target], 1);
    assert.deepEqual(
      await images(),
      everyone.filter((name) => name !== "early"),
    );
    await world.steer({});
    await stack.up(...target);
    assert.deepEqual(await images(), everyone);
    assert.deepEqual((await world.published()).filter((name) => !first.includes(name)).length, 1);
    const disks = await world.disks();
    const { output } = await stack.up();
    assert.doesNotMatch(output, /replac|creat/);
    assert.equal(await world.disks(), disks);
    assert.deepEqual(await images(), everyone);

    // The engine deletes unprotected resources; the protected image stays complete.
    const refused = await stack.run(["destroy", "--yes", "--skip-preview"], 1);
    assert.match(refused.output, /protected/);
    assert.deepEqual(await images(), ["guarded", "retained"]);
    assert.deepEqual(await owned(), ["guarded live", "retained live"]);

    await stack.run(["state", "unprotect", "--all", "--yes"]);
    await stack.destroy();
    assert.deepEqual([await images(), await owned()], [["retained"], ["retained live"]]);

    // The next resource with the same inputs adopts the retained image.
    await world.rewrite(stack, `new StylusImage("retained", args({ triggers: ["retained", 1] }));`);
    await stack.up();
    assert.equal(await world.disks(), disks);
    assert.deepEqual(await images(), ["retained"]);
  });
});
