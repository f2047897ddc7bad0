import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { change, fixtureNames, unpack } from "./fixture";
import { engage, eventLog, imageInState, previewThenUp } from "./operations";
import { World } from "./world";
import type { Stack } from "../e2e/stack";

const up = ["up", "--yes", "--skip-preview"];
const update = { edge: "update" };
const image = (more = ""): string => `new StylusImage("edge", args({ ${more} }));`;
const unbooted = (more = ""): string => image(`verify: { boot: false }, ${more}`);
const expecting = (expect: string, more = ""): string =>
  image(`verify: { expect: "${expect}" }, ${more}`);

let world: World;

const proofs = async (): Promise<string[]> =>
  (await world.files()).filter((name) => name.endsWith(".proof"));
const kinds = async (): Promise<string[]> =>
  (await proofs()).map((name) => /-([a-z]+)(-[0-9a-f]+)?\.proof$/.exec(name)?.[1] ?? name).sort();
const counts = async (): Promise<{ installs: number; boots: number }> => ({
  installs: await world.disks(),
  boots: await world.boots(),
});

const provenExpressions = async (stack: Stack): Promise<unknown> => {
  const { verified } = (await imageInState(stack)) as { verified: { expect: unknown } };
  return verified.expect;
};

describe("Proofs of an image (P12)", () => {
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  it("P12: an image that was built with --no-verify-boot is booted once before a stack adopts it", async () => {
    await world.buildAsCommandLine({ verifyBoot: false });
    assert.deepEqual(await kinds(), ["structure"]);
    const before = await world.files();

    await world.steer({ notActive: true });
    const stack = await world.stack("boots", image(), { env: eventLog });
    const failed = await stack.run(up, 1);
    assert.match(failed.output, /not from its active system.*\[verify\.not-active\]/);
    assert.deepEqual(await world.files(), before);
    assert.equal(await imageInState(stack), undefined);
    assert.deepEqual(await counts(), { installs: 1, boots: 1 });

    await world.steer();
    await stack.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });
    assert.deepEqual(await kinds(), ["boot", "structure"]);
    await stack.up("--expect-no-changes");
    await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    // Another machine reads in the record that the image was booted.
    const other = await world.stack("other", image(), { machine: "another" });
    await other.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });

    await other.destroy();
    await stack.destroy();
    assert.deepEqual(
      await world.published(),
      before.filter((name) => name.endsWith(".qcow2")),
    );
  });

  it("P12: a stack that asks for no boot gets an image without one, and a boot once it asks", async () => {
    const stack = await world.stack("later", unbooted(), { env: eventLog });
    await stack.up();
    assert.deepEqual(await kinds(), ["structure"]);
    const published = await world.published();
    await world.rewrite(stack, image());
    const done = await previewThenUp(stack);
    assert.deepEqual([done.preview.operations, done.up.operations], [update, update]);
    assert.match(done.preview.output, /`verify` asks for a boot, and the image was made without/);
    assert.deepEqual(await counts(), { installs: 1, boots: 1 });
    assert.deepEqual(await world.published(), published);
    const { verified } = (await imageInState(stack)) as { verified: unknown };
    assert.deepEqual(verified, { structure: true, boot: true, expect: [], artifacts: [] });
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(await world.records(), []);
    assert.deepEqual(await proofs(), []);
  });

  it("P12: a changed `verify.expect` is an update that boots, without an install or a publication", async () => {
    const stack = await world.stack("expects", expecting("log[i]n"), { env: eventLog });
    await stack.up();
    const before = await world.published();
    await world.rewrite(stack, expecting("s3cret-motd"));
    const planned = await engage(stack, ["preview"]);
    assert.deepEqual(planned.operations, update);
    assert.match(planned.output, /`verify\.expect` changed: the image is booted/);
    const wrong = await stack.run(up, 1);
    assert.match(wrong.output, /never matched.*\[verify\.unexpected-console\]/);
    assert.deepEqual(await world.published(), before);

    await world.steer({ console: "s3cret-motd login:" });
    await stack.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });
    assert.deepEqual(await world.published(), before);
    // The first expression is proven, too: the outputs name its proof again, without a boot.
    const digest = await provenExpressions(stack);
    await world.rewrite(stack, expecting("log[i]n"));
    const again = await previewThenUp(stack);
    assert.deepEqual([again.preview.operations, again.up.operations], [update, update]);
    assert.match(
      again.preview.output,
      /unless its console was compared with this expression before/,
    );
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });
    assert.notDeepEqual(await provenExpressions(stack), digest);
    await stack.up("--expect-no-changes");
    // The expression may be a secret: records hold a hash of it.
    assert.equal((await kinds()).filter((kind) => kind === "expect").length, 2);
    for (const name of await proofs()) {
      const text = await readFile(join(world.folder, "images", name), "utf8");
      assert.doesNotMatch(text, /s3cret|motd|log\[i\]n/);
      assert.match(text, /"time": "20\d\d-/);
    }
  });

  it("P12: the base disk of an image that was destroyed is not trusted without a boot", async () => {
    const stack = await world.stack("first", unbooted());
    await stack.up();
    await stack.destroy();
    await world.rewrite(stack, expecting("login"));
    await world.steer({ console: "another" });
    const wrong = await stack.run(up, 1);
    assert.match(wrong.output, /\[verify\.unexpected-console\]/);
    assert.deepEqual(await world.published(), []);
    assert.deepEqual(await world.records(), []);
    await world.steer();
    await stack.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });
  });

  it("P12: `adopt` and another format on another machine boot an image that was never booted", async () => {
    const first = await world.stack("first", unbooted());
    await first.up();
    const key = String((await imageInState(first))?.["installKey"]);
    const adopted = `installer: undefined, adopt: "${key}"`;
    const other = await world.stack("other", image(adopted), { machine: "another" });
    await other.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 1 });
    // An expression asks for a boot, whatever `boot` says.
    const both = `verify: { boot: false, expect: "login" }, formats: ["qcow2", "vhd"]`;
    await world.rewrite(first, image(both));
    await first.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 2 });
  });

  it("P12: without an artifact to boot from, the image is refused with the ways out", async () => {
    const formats = `formats: ["vmdk"]`;
    const first = await world.stack("first", unbooted(formats));
    await first.up();
    const before = await world.files();
    const other = await world.stack("other", image(formats), { machine: "another" });
    const refused = await other.run(up, 1);
    assert.match(refused.output, /was made without the boot that `verify` asks for/);
    assert.match(refused.output, /Run this on the machine that built.*raw or qcow2.*`triggers`/);
    const code = "verify.no-disk";
    assert.ok(refused.output.includes(`[${code}]`));
    assert.deepEqual(await world.files(), before);
    // The machine that built it has the base disk.
    await world.rewrite(first, image(formats));
    await first.up();
    await other.up();
    assert.deepEqual(await counts(), { installs: 1, boots: 1 });
  });

  it("P12: an image of an earlier version stays as it is until it is used for something new", async () => {
    const stack = await unpack(world, fixtureNames().at(-1)!);
    // The fixture is another checkout of its project: its addresses are those of the folder where it was made.
    await stack.refresh();
    await stack.up("--expect-no-changes");
    assert.deepEqual(await counts(), { installs: 0, boots: 0 });
    await change(stack, { verify: { expect: "login" } });
    const { output } = await stack.preview();
    assert.match(output, /`verify` asks for a boot|`verify\.expect` changed/);
    await stack.up();
    assert.deepEqual(await counts(), { installs: 0, boots: 1 });
    await stack.up("--expect-no-changes");
    await change(stack, { verify: { expect: "login" }, formats: ["qcow2", "raw"] });
    await stack.up();
    assert.deepEqual(await counts(), { installs: 0, boots: 1 });
    await stack.destroy();
    const folder = `${fixtureNames().at(-1)!}/published`;
    assert.deepEqual([await world.published(folder), await world.records(folder)], [[], []]);
  });
});
