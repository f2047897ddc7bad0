import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { engage, eventLog, imageInState, previewThenUp } from "./operations";
import { World } from "./world";

const up = ["up", "--yes", "--skip-preview"];

describe("Outputs and refresh (4)", () => {
  let world: World;
  let stack: Stack;

  const program = (targets: readonly string[]): string => `
const image = new StylusImage("edge", args({
  publishTo: ${JSON.stringify(targets)}.map((it) => ({ type: "directory" as const, path: folder + "/" + it })),
}));
new Machine("vm", image.artifact("qcow2").url);
`;
  const at = (folder: string) => ({
    format: "qcow2",
    target: `directory:${world.folder}/${folder}`,
  });
  const inState = async (name: string): Promise<unknown> => (await imageInState(stack))?.[name];

  before(async () => {
    world = await World.create();
    stack = await world.stack("refreshed", program(["images"]), { env: eventLog });
    await stack.up();
  });
  after(() => world.remove());

  it("4: lists pending artifacts after one of two targets failed, and never overwrites foreign files", async () => {
    assert.deepEqual(await inState("pending"), []);
    const [name = ""] = await world.published();
    const foreign = join(world.folder, "more", name);
    await mkdir(dirname(foreign), { recursive: true });
    await writeFile(foreign, "somebody else's");
    await world.rewrite(stack, program(["images", "more"]));
    const { output } = await stack.run(up, 1);
    assert.match(output, /already exists with other content/);
    assert.match(output, /Move it elsewhere.*\[publish\.name-taken\]/);
    assert.equal(await readFile(foreign, "utf8"), "somebody else's");
    assert.deepEqual(await inState("pending"), [at("more")]);
  });

  it("4: keeps pending artifacts in a refresh, and publishes them in the next `up`", async () => {
    await stack.refresh();
    assert.deepEqual(await inState("pending"), [at("more")]);
    const [name = ""] = await world.published();
    await rename(join(world.folder, "more", name), join(world.folder, "foreign"));
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, { edge: "update", vm: "same" });
    assert.deepEqual(done.up.operations, done.preview.operations);
    assert.match(done.preview.output, /qcow2 will be published at directory:.*more/);
    assert.deepEqual(await inState("pending"), []);
    assert.deepEqual(await world.published("more"), [name]);
    assert.equal(await world.disks(), 1);
  });

  it("4: lists missing artifacts after a refresh, quarantines altered ones, and publishes both again", async () => {
    const [name = ""] = await world.published();
    await rm(join(world.folder, "images", name));
    await writeFile(join(world.folder, "more", name), "altered");
    const { output } = await stack.refresh();
    assert.match(output, /warning: .*more.* is not what was published/);
    assert.deepEqual(await inState("missing"), [at("images"), at("more")]);
    await stack.up();
    assert.deepEqual(await inState("missing"), []);
    assert.deepEqual(await world.published(), [name]);
    const aside = join(world.folder, "more", `${name}.altered-1`);
    assert.equal(await readFile(aside, "utf8"), "altered");
    await rm(aside);
  });

  it("4: drops an image whose artifacts are all gone, and creates it again without an install", async () => {
    const before = [...(await world.published()), ...(await world.published("more"))];
    for (const folder of ["images", "more"]) {
      for (const name of await world.published(folder)) await rm(join(world.folder, folder, name));
    }
    await stack.refresh();
    assert.equal(await imageInState(stack), undefined);
    // The marker is pending for the next create of this resource; other owners of the image do not wait for a build.
    const files = await world.files("images");
    const [marker = ""] = files.filter((file) => file.endsWith(".pending.json"));
    const text = await readFile(join(world.folder, "images", marker), "utf8");
    assert.match(text, /"time": "1970-/);
    const done = await previewThenUp(stack);
    assert.deepEqual(done.preview.operations, { edge: "create", vm: "same" });
    assert.deepEqual(done.up.operations, done.preview.operations);
    const after = [...(await world.published()), ...(await world.published("more"))];
    assert.deepEqual(after, before);
    assert.equal(await world.disks(), 1);
  });

  it("4: leaves no files of a resource that a refresh dropped after its successor is destroyed", async () => {
    await stack.destroy();
    for (const folder of ["images", "more", "machine/stylus-image/.stylus-image"]) {
      const left = await world.files(folder);
      assert.deepEqual(
        left.filter((it) => /owners|head|publications|qcow2/.test(it)),
        [],
        folder,
      );
    }
  });
});

describe("Refresh of a bucket (4)", () => {
  let world: World;
  let stack: Stack;
  let s3: Versitygw;
  let proxy: FaultProxy;

  before(async () => {
    world = await World.create();
    s3 = await startVersitygw();
    await s3.createBucket("images");
    proxy = await startFaultProxy(s3.port);
    const program = `
new StylusImage("edge", args({
  formats: ["qcow2", "raw"],
  publishTo: [{ type: "s3", bucket: "images", endpoint: "${proxy.endpoint}", region: "us-east-1" }],
}));`;
    const credentials = {
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
    stack = await world.stack("bucket", program, { env: { ...eventLog, ...credentials } });
    await stack.up();
  });
  after(async () => {
    await Promise.all([proxy.stop(), s3.stop()]);
    await world.remove();
  });

  const bucket = (): string => join(s3.folder, "images");
  const objects = async (): Promise<string[]> => {
    const names = await readdir(bucket(), { recursive: true });
    return names.filter((name) => /\.(raw\.zst|qcow2)$/.test(name)).sort();
  };
  const qcow2 = async (): Promise<string> =>
    (await objects()).find((name) => name.endsWith(".qcow2")) ?? "";
  const missing = async (): Promise<unknown> => (await imageInState(stack))?.["missing"];
  const lost = () => [{ format: "qcow2", target: `s3://images (${proxy.endpoint})` }];

  it("4: lists a missing object, also after a refresh with an unreachable server", async () => {
    await rm(join(bucket(), await qcow2()));
    await stack.refresh();
    assert.deepEqual(await missing(), lost());

    // Accepts connections and never answers, like a firewall that drops packets.
    proxy.add({ fault: { type: "delay", milliseconds: 600_000 } });
    const start = Date.now();
    const { output } = await stack.refresh();
    assert.ok(Date.now() - start < 240_000);
    assert.match(output, /warning: .*could not be checked and is kept: .*did not answer in time/);
    assert.deepEqual(await missing(), lost());
    proxy.reset();
  });

  it("4: publishes it again, and plans no change after a refresh that the server denied", async () => {
    await stack.up();
    assert.deepEqual(await missing(), []);
    proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
    const { output } = await stack.refresh();
    assert.match(output, /warning: .*could not be checked and is kept/);
    proxy.reset();
    assert.deepEqual((await engage(stack, ["preview", "--diff"])).operations, { edge: "same" });
    assert.equal(await world.disks(), 1);
  });

  it("4: neither overwrites nor deletes a foreign object under the same name", async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const key = await qcow2();
    await client.send(new PutObjectCommand({ Bucket: "images", Key: key, Body: "foreign" }));
    client.destroy();
    const { output } = await stack.refresh();
    assert.match(output, /warning: .*qcow2 is not what was published/);
    assert.deepEqual(await missing(), lost());
    const failed = await stack.run(up, 1);
    assert.match(failed.output, /Objects that this program did not write are never overwritten/);
    assert.match(failed.output, /Move it elsewhere.*\[publish\.name-taken\]/);
    await stack.destroy();
    assert.deepEqual(await objects(), [key]);
    assert.equal(await readFile(join(bucket(), key), "utf8"), "foreign");
  });
});
