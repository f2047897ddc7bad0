import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { eventLog, previewThenUp, type Operations } from "./operations";
import { World } from "./world";

interface Shape {
  readonly formats?: readonly string[];
  readonly userData?: string;
  /** Folders, in the order of `publishTo`. */
  readonly targets?: readonly string[];
}

/** An image, a machine from the first artifact of each format, and one with an explicit target and hardware settings. */
function program({
  formats = ["qcow2"],
  userData = "hostname: one",
  targets = ["images"],
}: Shape): string {
  const machines = formats.map((it) => `new Machine("${it}", image.artifact("${it}").url);`);
  return `
const image = new StylusImage("edge", args({
  formats: ${JSON.stringify(formats)} as ("raw" | "qcow2")[],
  userData: ${JSON.stringify(userData)},
  publishTo: ${JSON.stringify(targets)}.map((it) => ({ type: "directory" as const, path: folder + "/" + it })),
}));
${machines.join("\n")}
const told = pulumi.all([image.artifact("qcow2", "directory:" + folder + "/images"), image.facts]);
new Machine("there", told.apply(([{ url }, facts]) => [url, facts.virtualSizeBytes, facts.firmware].join()));
`;
}

describe("Preview = up (2)", () => {
  let world: World;
  let stack: Stack;
  let shape: Shape = {};

  before(async () => {
    world = await World.create();
    stack = await world.stack("previewed", program(shape), { env: eventLog });
  });
  after(() => world.remove());

  const change = async (more: Shape): Promise<void> => {
    shape = { ...shape, ...more };
    await world.rewrite(stack, program(shape));
  };

  /** Asserts that preview and up perform the same operations, and that the preview shows the reason. */
  const expect = async (operations: Operations, reason?: RegExp): Promise<void> => {
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, operations, done.preview.output);
    assert.deepEqual(done.up.operations, operations, done.up.output);
    if (reason !== undefined) assert.match(done.preview.output, reason);
  };
  const artifact = async (extension: string, folder = "images"): Promise<string> => {
    const [name] = (await world.published(folder)).filter((it) => it.endsWith(extension));
    return join(world.folder, folder, name ?? "");
  };

  it("2: creates image and machines", () =>
    expect({ edge: "create", qcow2: "create", there: "create" }));

  it("2: reports no change for equal inputs", () =>
    expect({ edge: "same", qcow2: "same", there: "same" }));

  it("2: keeps the machine of an existing format when another is added", async () => {
    await change({ formats: ["qcow2", "raw"] });
    await expect(
      { edge: "update", qcow2: "same", there: "same", raw: "create" },
      /raw will be published at directory:.*images/,
    );
  });

  it("2: keeps machines when a lost artifact is made again from the cache", async () => {
    await rm(await artifact(".qcow2"));
    await stack.refresh();
    await expect(
      { edge: "update", qcow2: "same", there: "same", raw: "same" },
      /qcow2 is missing or altered at directory:/,
    );
  });

  it("2: keeps machines when a lost artifact is made again from another artifact", async () => {
    await rm(await artifact(".qcow2"));
    await rm(join(world.folder, "machine", "stylus-image", "disks"), { recursive: true });
    await stack.refresh();
    await expect({ edge: "update", qcow2: "same", there: "same", raw: "same" });
    assert.equal(await world.disks(), 1);
  });

  it("2: replaces the machine of the first target when another target becomes the first", async () => {
    await change({ formats: ["qcow2"], targets: ["more", "images"] });
    await expect(
      { edge: "update", qcow2: "replace", there: "same", raw: "delete" },
      /qcow2 will be published at directory:.*more/,
    );
    await change({ targets: ["images", "more"] });
    await expect(
      { edge: "update", qcow2: "replace", there: "same" },
      /order of the formats or targets changed/,
    );
  });

  it("2: replaces everything when the user-data changes", async () => {
    await change({ userData: "hostname: other" });
    await expect({ edge: "replace", qcow2: "replace", there: "replace" }, /user-data .* changed/);
  });

  it("2: replaces everything when the installer changes", async () => {
    await writeFile(join(world.folder, "installer.iso"), "another installer");
    await expect(
      { edge: "replace", qcow2: "replace", there: "replace" },
      /The installer changed \(SHA-256/,
    );
  });

  it("2: replaces machines whose artifact cannot be made again with the same bytes, with a warning", async () => {
    for (const folder of ["images", "more"]) {
      await writeFile(await artifact(".qcow2", folder), "somebody else's");
    }
    await rm(join(world.folder, "machine", "stylus-image", "disks"), { recursive: true });
    await stack.refresh();
    await world.steer({ seed: "another install" });
    await expect(
      { edge: "update", qcow2: "replace", there: "replace" },
      /is lost and will get another name: its base disk is no longer in the cache/,
    );
  });

  it("2: rejects an artifact of a format that is not requested in the preview", async () => {
    await world.rewrite(stack, `${program(shape)}\nnew Machine("ova", image.artifact("ova").url);`);
    for (const verb of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { output } = await stack.run(verb, 1);
      assert.match(output, /The image has no artifact "ova"; it has qcow2 at directory:/);
    }
    assert.match(await readFile(join(stack.folder, "index.js"), "utf8"), /ova/);
  });
});
