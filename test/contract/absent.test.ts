import assert from "node:assert/strict";
import { execa } from "execa";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startUploadServer, type UploadServer } from "../servers/upload-server";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { imageInState } from "./operations";
import { World } from "./world";

const refresh = ["refresh", "--yes", "--skip-preview"];
const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

/** An image in these folders of the world. */
const program = (folders: readonly string[], more = ""): string => `
new StylusImage("edge", args({
  publishTo: ${JSON.stringify(folders)}.map((it) => ({ type: "directory" as const, path: folder + "/" + it })),
  ${more}
}));`;

/** Every file below a folder with the hash of its content. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((it) => join(it.parentPath, it.name));
  const hashed = files.sort().map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    return [file.slice(folder.length), hash.digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(hashed));
}

/** Removes the outputs that earlier versions did not have. */
async function makeOldState(stack: Stack): Promise<void> {
  const file = join(stack.folder, "exported.json");
  await stack.run(["stack", "export", "--file", file]);
  const text = await readFile(file, "utf8");
  assert.match(text, /"places": \{/);
  await writeFile(file, text.replace(/"places": \{[^}]*\},?/g, ""));
  await stack.run(["stack", "import", "--file", file]);
  assert.equal((await imageInState(stack))?.["places"], undefined);
}

describe("Absent or unreachable: a folder (P6, P7)", () => {
  let world: World;
  const mounted = new Set<string>();

  const path = (name: string): string => join(world.folder, name);
  const mount = async (...args: readonly string[]): Promise<void> => {
    await execa("mount", args);
    mounted.add(args.at(-1)!);
  };
  const unmount = async (at: string): Promise<void> => {
    await execa("umount", [at]);
    mounted.delete(at);
  };
  /** A folder that is mounted at another one, as a disk is. */
  const mountDisk = (): Promise<void> => mount("--bind", path("disk"), path("images"));
  /** Another machine: its caches, and its own folder. */
  const moveToMachine = async (from: string, to: string): Promise<void> => {
    await rename(path("machine"), path(`machine-${from}`));
    await rename(path("images"), path(`images-${from}`));
    await rename(path(`machine-${to}`), path("machine")).catch(() => undefined);
    await rename(path(`images-${to}`), path("images")).catch(() => undefined);
  };

  beforeEach(async () => {
    world = await World.create();
    for (const name of ["disk", "images"]) await mkdir(path(name));
  });
  afterEach(async () => {
    for (const at of mounted) await execa("umount", ["-l", at], { reject: false });
    mounted.clear();
    await world.remove();
  });

  it("P6: destroy fails while the file system is not mounted, changes nothing, and removes the image afterwards", async () => {
    await mountDisk();
    const stack = await world.stack("unmounted", program(["images"]));
    await stack.up();
    await unmount(path("images"));
    const before = [await contents(path("disk")), await contents(path("machine"))];

    const { output } = await stack.run(destroy, 1);
    assert.doesNotMatch(output, /Removed|gone already/);
    assert.match(output, /\[publish\.unreachable\]/);
    assert.match(output, /Mount the file system, or run this on the machine/);
    assert.match(
      output,
      /stylus-image forget edge-[0-9a-f]{12} --to [^`]*\/images`.*pulumi state delete/,
    );
    assert.notEqual(await imageInState(stack), undefined);
    assert.deepEqual([await contents(path("disk")), await contents(path("machine"))], before);
    assert.deepEqual(await world.files(), []);

    await mountDisk();
    assert.match((await stack.destroy()).output, /Removed 1 publication of [0-9a-f]{12}\./);
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });

  it("P6: destroy on another machine fails without its folder, and beside another place in its folder", async () => {
    const stack = await world.stack("elsewhere", program(["images"]));
    await stack.up();
    await moveToMachine("a", "b");
    const before = await contents(path("images-a"));
    const missing = await stack.run(destroy, 1);
    assert.match(missing.output, /\[publish\.unreachable\]/);
    assert.deepEqual(await world.files(), []);

    const other = await world.stack("own", program(["images"], "triggers: [1],"));
    await other.up();
    const own = await contents(path("images"));
    const { output } = await stack.run(destroy, 1);
    assert.doesNotMatch(output, /Removed|gone already/);
    assert.match(output, /is not the folder that was published to/);
    assert.deepEqual(await contents(path("images")), own);
    assert.deepEqual(await contents(path("images-a")), before);
    assert.notEqual(await imageInState(stack), undefined);
  });

  it("P6: dropping a target that is not mounted removes nothing and claims nothing", async () => {
    await mountDisk();
    const stack = await world.stack("dropped", program(["images", "more"]));
    await stack.up();
    await unmount(path("images"));
    const before = await contents(path("disk"));
    await world.rewrite(stack, program(["more"]));
    const { all } = await stack.start(up);
    assert.doesNotMatch(all, /Removed|gone already/);
    assert.match(all, /disk|mount/);
    assert.deepEqual(await contents(path("disk")), before);
    assert.deepEqual(await world.files(), []);

    await mountDisk();
    assert.match((await stack.up()).output, /Removed 1 publication of/);
    assert.deepEqual(await world.published(), []);
    assert.equal((await world.published("more")).length, 1);
    await stack.destroy();
  });

  it("P6: counts what was removed, what was gone already, and lists altered files", async () => {
    const formats = `formats: ["raw", "qcow2"],`;
    const stack = await world.stack("counts", program(["images", "more"], formats));
    await stack.up();
    const [qcow2 = "", raw = ""] = await world.published();
    await rm(path(`images/${qcow2}`));
    await writeFile(path(`images/${raw}`), "altered");
    const { output } = await stack.destroy();
    assert.match(output, /Removed 2 publications of [0-9a-f]{12}\./);
    assert.match(
      output,
      new RegExp(`1 publication of [0-9a-f]{12} was gone already: file://.*${qcow2}`),
    );
    assert.match(
      output,
      new RegExp(`warning: .*${raw} is not what was published .* was not removed`),
    );
    assert.deepEqual(await world.published(), [raw]);
    assert.deepEqual([await world.published("more"), await world.records("more")], [[], []]);
  });

  it("P7: refresh keeps an image whose file system is not mounted, or under another one, and drops it when it is gone", async () => {
    await mountDisk();
    const stack = await world.stack("kept", program(["images"]));
    await stack.up();
    const before = await contents(path("disk"));
    const isKept = async (reason: RegExp): Promise<void> => {
      const { output } = await stack.run(refresh);
      assert.match(output, /warning: .*could not be checked and is kept/);
      assert.match(output, reason);
      assert.deepEqual((await imageInState(stack))?.["missing"], []);
    };
    await unmount(path("images"));
    await isKept(/a file system is not mounted, or another one is/);

    await mount("-t", "tmpfs", "-o", "size=100m", "tmpfs", path("images"));
    await isKept(/tmpfs/);
    const other = await world.stack("over", program(["images"], "triggers: [1],"));
    await other.up();
    await isKept(/is not the folder that was published to/);
    await other.destroy();
    await unmount(path("images"));

    await mountDisk();
    assert.deepEqual(await contents(path("disk")), before);
    await stack.refresh();
    await stack.up("--expect-no-changes");
    const [image = ""] = await world.published();
    await rm(path(`images/${image}`));
    await stack.refresh();
    assert.equal(await imageInState(stack), undefined);
    await stack.up();
    assert.deepEqual(await world.published(), [image]);
    assert.equal(await world.disks(), 2);
    await stack.destroy();
    assert.deepEqual([await world.published(), await world.records()], [[], []]);
  });

  it("P7: refresh drops an image whose folder was deleted on the machine that published it", async () => {
    const stack = await world.stack("deleted", program(["images"]));
    await stack.up();
    await rm(path("images"), { recursive: true });
    await stack.refresh();
    assert.equal(await imageInState(stack), undefined);
    await stack.up();
    assert.equal((await world.published()).length, 1);
    await rm(path("images"), { recursive: true });
    assert.match((await stack.destroy()).output, /1 publication of [0-9a-f]{12} was gone already/);
  });

  for (const age of ["new", "old"] as const) {
    it(`P7: refresh keeps an image of another machine that published into its own folder of that path (${age} state)`, async () => {
      const stack = await world.stack(`two-${age}`, program(["images"]));
      await stack.up();
      if (age === "old") await makeOldState(stack);
      await moveToMachine("a", "b");
      const other = await world.stack(`other-${age}`, program(["images"], "triggers: [1],"));
      await other.up();
      const { output } = await stack.run(refresh);
      assert.match(output, /warning: .*could not be checked and is kept/);
      assert.deepEqual((await imageInState(stack))?.["missing"], []);
      if (age === "old") assert.match((await stack.run(destroy, 1)).output, /publish\.unreachable/);

      await moveToMachine("b", "a");
      await stack.refresh();
      await stack.up("--expect-no-changes");
      await stack.destroy();
      assert.deepEqual([await world.published(), await world.records()], [[], []]);
      await moveToMachine("a", "b");
      await other.destroy();
    });
  }
});

describe("Absent or unreachable: a bucket and a web server (P6, P7)", () => {
  let world: World;
  let s3: Versitygw;
  let proxy: FaultProxy;
  let web: UploadServer;
  let stack: Stack;
  let env: Record<string, string>;

  const bucketProgram = (endpoint: string, more = ""): string => `
new StylusImage("edge", args({
  publishTo: [{ type: "s3", bucket: "images", endpoint: "${endpoint}", region: "us-east-1" }],
  ${more}
}));`;
  const bucket = (): string => join(s3.folder, "images");
  const empty = async (): Promise<void> => {
    for (const name of await readdir(bucket())) await rm(join(bucket(), name), { recursive: true });
  };
  const isInState = async (): Promise<boolean> => (await imageInState(stack)) !== undefined;

  before(async () => {
    world = await World.create();
    s3 = await startVersitygw();
    await s3.createBucket("images");
    proxy = await startFaultProxy(s3.port);
    web = await startUploadServer();
    const { accessKeyId, secretAccessKey } = s3;
    env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    stack = await world.stack("bucket", bucketProgram(proxy.endpoint), { env });
    await stack.up();
  });
  after(async () => {
    await Promise.all([s3.stop(), web.stop()]);
    await world.remove();
  });

  it("P6: destroy fails while the server denies every request", async () => {
    const before = await contents(bucket());
    proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" } });
    const { output } = await stack.run(destroy, 1);
    assert.doesNotMatch(output, /Removed|gone already/);
    assert.match(output, /\[publish\.denied\]/);
    assert.match(output, /pulumi state delete/);
    assert.deepEqual([await isInState(), await contents(bucket())], [true, before]);
    proxy.reset();
  });

  it("P7: refresh keeps an image whose bucket is another one by now", async () => {
    const place = join(bucket(), ".stylus-image", "place.json");
    const text = await readFile(place, "utf8");
    const [image = ""] = await contentsOfImages();
    const file = await readFile(join(bucket(), image));
    await rm(join(bucket(), image));
    await writeFile(place, text.replace(/[0-9a-f]{8}-/, "00000000-"));
    const { output } = await stack.run(refresh);
    assert.match(
      output,
      /could not be checked and is kept: .* is not the place that was published to/,
    );
    const failed = await stack.run(destroy, 1);
    assert.match(failed.output, /is not the place that was published to/);
    assert.equal(await isInState(), true);
    await writeFile(place, text);
    await writeFile(join(bucket(), image), file);
  });

  const contentsOfImages = async (): Promise<string[]> =>
    (await readdir(bucket(), { recursive: true })).filter((name) => name.endsWith(".qcow2"));

  it("P7: refresh drops an image whose bucket was emptied, and destroy says that it was gone", async () => {
    await empty();
    await stack.refresh();
    assert.equal(await isInState(), false);
    await stack.up();
    await empty();
    const { output } = await stack.destroy();
    assert.doesNotMatch(output, /Removed/);
    assert.match(output, /1 publication of [0-9a-f]{12} was gone already: s3:\/\/images/);
  });

  it("P6: destroy says that the image was gone with its bucket", async () => {
    await stack.up();
    await rm(bucket(), { recursive: true });
    const { output } = await stack.destroy();
    assert.doesNotMatch(output, /Removed/);
    assert.match(output, /1 publication of [0-9a-f]{12} was gone already/);
    await s3.createBucket("images");
  });

  it("P6: an altered file at a web server stays and is named", async () => {
    const text = `new StylusImage("edge", args({ publishTo: [{ type: "http", url: "${web.origin}/images" }] }));`;
    const own = await world.stack("web", text);
    await own.up();
    const [name = ""] = web.files.keys();
    web.files.set(name, Buffer.from("altered"));
    const { output } = await own.destroy();
    assert.doesNotMatch(output, /Removed/);
    assert.match(output, new RegExp(`warning: ${web.origin}${name} is not what was published`));
    assert.equal(String(web.files.get(name)), "altered");
  });

  it("P6: destroy and refresh keep an image whose server is down", async () => {
    await stack.up();
    await proxy.stop();
    assert.match((await stack.run(refresh)).output, /could not be checked and is kept/);
    const { output } = await stack.run(destroy, 1);
    assert.doesNotMatch(output, /Removed|gone already/);
    assert.match(output, /\[publish\.unreachable\]/);
    assert.equal(await isInState(), true);
    assert.equal((await contentsOfImages()).length, 1);
  });
});
