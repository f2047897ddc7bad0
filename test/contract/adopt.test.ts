import assert from "node:assert/strict";
import { execa } from "execa";
import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "../../provider/cli/input/prepare";
import { BuildFailure } from "../../provider/hosts/host";
import { localHost } from "../../provider/hosts/local";
import type { BuildRequest } from "../../provider/plan/plan";
import { buildRequest } from "../../provider/resource/image/request";
import { resolveImage } from "../../provider/resource/image/resolve";
import type { ErrorCode } from "../../provider/base/errors";
import { requireImageSpec } from "../../provider/schema/parse";
import type { ImageState } from "../../provider/schema/state";
import { World } from "./world";

let world: World;

const signal = new AbortController().signal;

/** Runs `stylus-image build --name appliance --format raw --to images` with the test's agent. */
async function buildAsCli(): Promise<ImageState> {
  const request = await prepare(
    {
      installer: join(world.folder, "installer.iso"),
      name: "appliance",
      diskSize: "1GiB",
      format: ["raw"],
      to: [join(world.folder, "images")],
      verifyBoot: true,
    },
    {
      cacheDirectory: join(world.folder, "builder", "stylus-image"),
      warn: () => undefined,
      signal,
    },
  );
  return runAgent(request);
}

function runAgent(request: BuildRequest): Promise<ImageState> {
  process.env["STYLUS_TEST_STEERING"] = join(world.folder, "steering.json");
  const host = localHost({ agentPath: join(__dirname, "agent.cjs") });
  return host.build(request, () => undefined, signal);
}

/** Runs an agent on another machine as the resource does, without the engine. */
async function adoptElsewhere(adopt: string): Promise<ImageState> {
  const spec = requireImageSpec({
    adopt,
    publishTo: [{ type: "directory", path: join(world.folder, "images") }],
  });
  const places = { rootDirectory: world.folder, cacheDirectory: join(world.folder, "other") };
  const image = await resolveImage(spec, { ...places, warn: () => undefined, signal });
  const owner = { name: "edge", owner: "urn:me", instance: "me" };
  return runAgent(buildRequest(spec, image, { ...places, ...owner }));
}

const failsWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof BuildFailure && error.cause.code === code;

/** Runs the CLI itself: `remove` needs no QEMU. */
async function removeAsCli(): Promise<void> {
  const program = join(__dirname, "..", "..", "dist", "provider", "cli", "main.js");
  await execa(process.execPath, [program, "remove", "--to", join(world.folder, "images")], {
    env: { XDG_CACHE_HOME: join(world.folder, "builder") },
  });
}

const none = "0".repeat(64);

describe("Adoption (10)", () => {
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.remove());

  it("10: adopts an image that the CLI built, converts missing formats without an install, and keeps the CLI's ownership", async () => {
    const built = await buildAsCli();
    // On another machine, without an installer, with other inputs and another spelling of the folder.
    const stack = await world.stack("adopter", "", { machine: "other" });
    const images = JSON.stringify(relative(stack.folder, join(world.folder, "images")));
    const target = `formats: ["qcow2"], publishTo: [{ type: "directory", path: ${images} }]`;
    const rest = `${target}, buildHost: args().buildHost!`;
    const exported = `export const outputs = image.outputs;`;
    await world.rewrite(
      stack,
      `const image = new StylusImage("edge", { adopt: "${built.installKey}", ${rest} });\n${exported}`,
    );
    await stack.up();
    assert.equal(await world.disks(), 1);
    assert.equal((await world.published()).length, 2);
    const { outputs } = await stack.outputs<{ outputs: ImageState }>();
    assert.equal(outputs.installKey, built.installKey);
    assert.equal(outputs.contentDigest, built.contentDigest);
    assert.equal(outputs.virtualSizeBytes, 1024 ** 3);

    // With the inputs of the image, removing `adopt` changes nothing.
    await world.rewrite(
      stack,
      `const image = new StylusImage("edge", args({ ${rest} }));\n${exported}`,
    );
    await stack.up("--expect-no-changes");

    await stack.destroy();
    const [raw] = built.artifacts;
    assert.ok((await world.published()).some((name) => raw?.uri.endsWith(name)));
    await removeAsCli();
    assert.deepEqual(await world.published(), []);
  });

  it("10: adopts the CLI's artifact if it is the requested one, and owns it too", async () => {
    const built = await buildAsCli();
    const adopted = `formats: ["raw"], adopt: "${built.installKey}"`;
    const stack = await world.stack(
      "heir",
      `export const image = new StylusImage("edge", args({ ${adopted} }));`,
      { machine: "other" },
    );
    const before = await world.published();
    await stack.up();
    assert.deepEqual(await world.published(), before);
    await removeAsCli();
    assert.deepEqual(await world.published(), before);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(await world.published(), []);
  });

  it("10: fails without an install if an adopted image cannot be converted, and leaves no marker", async () => {
    const built = await buildAsCli();
    const before = await world.files();
    await assert.rejects(adoptElsewhere(none), failsWith("record.not-found"));
    assert.deepEqual(await world.files(), before);

    // Only the record exists, so there is nothing to convert from.
    await rm(fileURLToPath(built.artifacts[0]!.uri));
    await assert.rejects(adoptElsewhere(built.installKey), failsWith("convert.no-source"));
    assert.equal(await world.disks(), 1);
    const markers = (await world.files()).filter((name) => name.includes("/owners/"));
    assert.equal(markers.length, 1);
  });

  it("10: names the stores without a record, and rejects `import` with the alternative", async () => {
    const stack = await world.stack(
      "refused",
      `new StylusImage("edge", args(), { import: "edge-0123456789ab" });`,
    );
    const imported = await stack.run(["preview"], 1);
    assert.match(imported.output, /StylusImage "edge": the option `import` is not supported/);
    assert.match(imported.output, /`adopt: "<64 hexadecimal digits>"`/);
    assert.doesNotMatch(imported.output, /toJavaScript|at new /);

    await world.rewrite(stack, `new StylusImage("edge", args({ adopt: "${none}" }));`);
    const adopted = await stack.run(["up", "--yes"], 1);
    const folder = join(world.folder, "images");
    // A warning in the preview, an error in the update.
    const asked = new RegExp(
      `No record of the image ${none}[^]*directory:${folder}: has no such`,
      "g",
    );
    assert.match(adopted.output, asked);
    assert.match(adopted.output, /the local cache: has no such record/);
    assert.match(adopted.output, /\[record\.not-found\]/);
    assert.equal(await world.disks(), 0);
    assert.deepEqual(await world.files(), []);
    assert.doesNotMatch(await stack.stateText(), /StylusImage::edge/);
  });

  it("10: reads an image by get and by a StackReference without owning it, and keeps secrets", async () => {
    const secrets = ["t0ken-of-the-edge-host", "s3cret-of-the-bucket"];
    const maker = await world.stack(
      "maker",
      `export const image = new StylusImage("edge", args({
         palette: { endpoint: "api.example.com", edgeHostToken: "${secrets[0]}" },
         userData: { stylus: { site: { network: { note: "${secrets[0]}" } } } },
       }));
       export const { outputs, id } = image;`,
    );
    await maker.up();
    const published = await world.published();

    const bucket = `{ type: "s3", bucket: "b", region: "r", endpoint: "http://127.0.0.1:9", accessKeyId: "AKIA", secretAccessKey: "${secrets[1]}" }`;
    const reader = await world.stack(
      "reader",
      `const maker = new pulumi.StackReference("organization/fleet/maker");
       export const urls = ["outputs", "image"].map((name) =>
         maker.getOutput(name).apply((data) => artifact(data, "qcow2").url));
       const image = StylusImage.get("found", maker.getOutput("id"), {
         publishTo: [...(args().publishTo as any[]), ${bucket}],
       });
       new Machine("vm", image.artifact("qcow2").url);
       export const url = image.artifact("qcow2").url;
       export const { outputs } = image;`,
      { machine: "other" },
    );
    await reader.run(["up", "--yes"]);
    const made = await maker.outputs<{ outputs: ImageState }>();
    const read = await reader.outputs<{ outputs: ImageState; url: string; urls: string[] }>();
    assert.deepEqual(read.outputs, made.outputs);
    assert.deepEqual(new Set([read.url, ...read.urls]), new Set([made.outputs.artifacts[0]?.url]));

    await reader.refresh();
    await reader.up("--expect-no-changes");
    for (const text of [await maker.stateText(), await reader.stateText()]) {
      for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is in the state`);
    }
    await reader.destroy();
    assert.deepEqual(await world.published(), published);

    await world.rewrite(
      reader,
      `StylusImage.get("found", "edge-000000000000", { publishTo: args().publishTo });`,
    );
    const failed = await reader.run(["preview"], 1);
    assert.match(failed.output, /No record of the image edge-000000000000 was found/);
  });
});
