import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { standInInstaller } from "../servers/stand-in";
import { runningProcesses } from "./processes";
import { countQemu, type QemuCounter } from "./qemu-counter";
import { Stack } from "./stack";

/** Two of the three have the same install key: they differ only in inputs that are not part of it. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";

const installer = new pulumi.Config().require("installer");
const machine = { diskSize: "1GiB", memory: "1536MiB" };
const at = (path: string) => [{ type: "directory" as const, path }];

const bios = new StylusImage("bios", { installer, machine, formats: ["qcow2"], publishTo: at("images") });
const twin = new StylusImage("twin", {
  installer,
  machine: { ...machine, memory: "1280MiB", cpus: 1 },
  formats: ["raw"],
  publishTo: at("elsewhere"),
});
const uefi = new StylusImage("uefi", {
  installer,
  machine: { ...machine, firmware: "uefi" },
  publishTo: at("images"),
});

export const keys = [bios.installKey, twin.installKey, uefi.installKey];
export const digests = [bios.contentDigest, twin.contentDigest, uefi.contentDigest];
`;

const oneImage = `
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";

const image = new StylusImage("edge", {
  installer: new pulumi.Config().require("installer"),
  userData: { fleet: pulumi.getProject() },
  machine: { diskSize: "1GiB", memory: "1536MiB" },
  publishTo: [{ type: "directory", path: new pulumi.Config().require("folder") }],
});
export const digest = image.contentDigest;
`;

describe("Several images at once", function () {
  let work: string;
  let qemu: QemuCounter;
  const stackOf = (name: string, text: string, config: Record<string, string> = {}) =>
    standInInstaller().then((installer) =>
      Stack.create({
        name,
        program: text,
        cache: join(work, "cache"),
        backend: join(work, "backend"),
        path: [qemu.folder],
        config: { installer, ...config },
      }),
    );

  before(async () => {
    work = await mkdtemp(join(tmpdir(), "several-"));
    qemu = await countQemu();
  });

  after(async () => {
    await qemu.remove();
    await rm(work, { recursive: true, force: true });
  });

  it("installs twice for three images of which two share an install key", async () => {
    const stack = await stackOf("three", program);
    await stack.up();
    const { keys, digests } = await stack.outputs<{ keys: string[]; digests: string[] }>();
    assert.equal(new Set(keys).size, 2);
    assert.equal(keys[0], keys[1]);
    assert.equal(digests[0], digests[1]);
    assert.equal(await qemu.installs(), 2);
    await stack.destroy();
    const images = await readdir(join(stack.folder, "images"), { recursive: true });
    assert.deepEqual(
      images.filter((name) => name.endsWith(".qcow2")),
      [],
    );
  });

  it("installs once for two stacks that ask for one image at the same time", async () => {
    const before = await qemu.installs();
    const first = await stackOf("first", oneImage, { folder: join(work, "first") });
    const second = await stackOf("second", oneImage, { folder: join(work, "second") });
    await Promise.all([first.up(), second.up()]);
    assert.equal((await qemu.installs()) - before, 1);
    assert.deepEqual(await first.outputs(), await second.outputs());
    await Promise.all([first.destroy(), second.destroy()]);
  });

  it("leaves nothing running when the engine is killed, and goes on with the next up", async () => {
    const stack = await stackOf("killed", oneImage.replace("getProject()", "getStack()"), {
      folder: join(work, "killed"),
    });
    const before = await qemu.installs();
    const up = stack.start(["up", "--yes", "--skip-preview"]);
    while ((await qemu.installs()) === before) await delay(250);
    if (up.pid !== undefined) process.kill(up.pid, "SIGKILL");
    await up;
    const deadline = Date.now() + 60_000;
    while ((await runningProcesses(join(work, "cache"))).length > 0 && Date.now() < deadline) {
      await delay(250);
    }
    assert.deepEqual(await runningProcesses(join(work, "cache")), []);
    // The engine's lock and pending operation can only be cleared by the engine.
    await stack.run(["cancel", "--yes"]);
    await stack.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
    await stack.up();
    const images = await readdir(join(work, "killed"), { recursive: true });
    assert.equal(images.filter((name) => name.endsWith(".qcow2")).length, 1);
    await stack.destroy();
  });
});
