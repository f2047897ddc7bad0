import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { engage, previewThenUp, eventLog } from "./operations";
import { World } from "./world";

const same = { edge: "same" };
const up = ["up", "--yes", "--skip-preview"];
const sha256 = createHash("sha256").update("an installer").digest("hex");
const kept =
  /warning:.*could not be checked for changes; the image is kept\. There is no installer/;

/** A program whose image has these arguments besides the usual ones. */
const image = (more = ""): string => `new StylusImage("edge", args({ ${more} }));`;
const pinned = (more = ""): string =>
  image(`installer: { path: folder + "/installer.iso", sha256: "${sha256}" }, ${more}`);
const twoFormats = `formats: ["qcow2", "raw"]`;

describe("A missing local installer (P14)", () => {
  let world: World;
  let stack: Stack;
  let path: string;

  before(async () => {
    world = await World.create();
    path = join(world.folder, "installer.iso");
    stack = await world.stack("first", image(), { env: eventLog });
    await stack.up();
    await rename(path, join(world.folder, "away.iso"));
  });
  after(() => world.remove());

  it("P14: preview, refresh and `up` of a published image warn and change nothing", async () => {
    const before = await world.files();
    const { preview, up: applied } = await previewThenUp(stack);
    assert.deepEqual([preview.operations, applied.operations], [same, same]);
    for (const { output } of [preview, applied]) assert.match(output, kept);
    await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    assert.deepEqual(await world.files(), before);
  });

  const inThePlace: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a folder", () => mkdir(path)],
    ["a dangling symbolic link", () => symlink("nowhere", path)],
  ];
  for (const [what, put] of inThePlace) {
    it(`P14: ${what} in place of the installer is a warning, too`, async () => {
      await put();
      try {
        const { operations, output } = await engage(stack, up);
        assert.deepEqual(operations, same);
        assert.match(output, kept);
      } finally {
        await rm(path, { recursive: true });
      }
    });
  }

  it("P14: another format is made from the base disk in the cache", async () => {
    await world.rewrite(stack, image(twoFormats));
    const { output } = await engage(stack, up);
    assert.match(output, kept);
    assert.equal((await world.published()).length, 2);
    assert.equal(await world.disks(), 1);
  });

  it("P14: a published image is adopted on another machine if the installer is pinned", async () => {
    const other = await world.stack("other", pinned(), { machine: "another", env: eventLog });
    const { output } = await other.up();
    assert.match(output, /warning:.*There is no installer at .*Only its pinned SHA-256 is known/);
    await other.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    // Another format is made from the published artifact.
    await world.rewrite(other, pinned(`formats: ["qcow2", "vhd"]`));
    await other.up();
    assert.equal(await world.disks(), 1);
    await other.destroy();
    assert.equal((await world.published()).length, 2);
  });

  it("P14: a new image without a pin, and one that has to be installed, fail with the path", async () => {
    const before = await world.files();
    const other = await world.stack("unpinned", image(), { machine: "third" });
    const unknown = await other.run(up, 1);
    assert.ok(unknown.output.includes(`There is no installer at ${path}.`));
    assert.match(unknown.output, /Correct `installer\.path`, or put the file there/);

    await world.rewrite(stack, image(`${twoFormats}, triggers: [1]`));
    const planned = await engage(stack, ["preview"]);
    assert.deepEqual(planned.operations, { edge: "replace" });
    for (const program of [image, pinned]) {
      await world.rewrite(stack, program(`${twoFormats}, triggers: [1]`));
      const needed = await stack.run(up, 1);
      assert.ok(needed.output.includes(`There is no installer at ${path}.`));
      assert.match(needed.output, /something has to be built from it/);
      assert.match(needed.output, /Correct `installer\.path`.*\[installer\.not-found\]/);
    }
    assert.deepEqual(await world.files(), before);
    assert.equal(await world.disks(), 1);
  });

  it("P14: the image is replaced when the installer is back, and a file with other content is noticed", async () => {
    await writeFile(path, "another installer");
    const wrong = await stack.run(up, 1);
    assert.match(wrong.output, /expected .*\[installer\.checksum-mismatch\]/);
    await rm(path);
    await rename(join(world.folder, "away.iso"), path);
    await stack.up();
    assert.equal(await world.disks(), 2);
  });

  it("P14: destroy needs no installer", async () => {
    await rm(path);
    await stack.destroy();
    assert.deepEqual(await world.published(), []);
    assert.deepEqual(await world.records(), []);
  });
});
