import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typedCommands } from "./typed-commands";

const tutorial = "docs/tutorial.md";

describe("the tutorial's commands that boot an image", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tutorial-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("make an overlay of the published qcow2, start QEMU with it, and end QEMU by Ctrl-A X", async () => {
    const published = "images/edge-0123456789ab/edge-0123456789ab.qcow2";
    await mkdir(join(folder, "images", "edge-0123456789ab"), { recursive: true });
    await execa("qemu-img", ["create", "-f", "qcow2", join(folder, published), "64M"]);
    const before = await readFile(join(folder, published));

    const [overlay, ...noMoreOverlays] = await typedCommands(tutorial, "qemu-img");
    assert.ok(overlay !== undefined && noMoreOverlays.length === 0);
    await execa(overlay, { shell: "/bin/bash", cwd: folder });

    const [start, ...noMoreStarts] = await typedCommands(tutorial, "qemu-system-x86_64");
    assert.ok(start !== undefined && noMoreStarts.length === 0);
    const machine = execa(start, { shell: "/bin/bash", cwd: folder, timeout: 300_000 });
    let console = "";
    machine.stdout.on("data", (bytes: Buffer) => {
      console += bytes.toString("latin1");
      // The firmware found the disk, and it is empty.
      if (/Boot failed: not a bootable disk/.test(console)) machine.stdin.write("\x01x");
    });
    assert.match((await machine).stdout, /Booting from Hard Disk[^]*Terminated/);
    assert.deepEqual(await readFile(join(folder, published)), before);
  });
});
