import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { MiB } from "../../../../provider/base/size";
import { readExtFile } from "../../../../provider/system/disk/ext";
import { copyPartition, writeToOverlay } from "../../../../provider/system/disk/partition-copy";
import { findFileSystem } from "../../../../provider/system/disk/partitions";
import { replaceExtFile } from "../../../../provider/system/disk/replace-file";

const signal = new AbortController().signal;
const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
const file = "/90_custom.yaml";

describe("changing a file of a disk in an overlay only", () => {
  let folder = "";
  let disk = "";
  let overlay = "";
  const inFolder = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "overlay of a disk "));
    [disk, overlay] = [inFolder("disk.raw"), inFolder("overlay.qcow2")];
    await writeFile(disk, "");
    await truncate(disk, 200 * MiB);
    const table =
      "label: gpt\nstart=2048,size=20480,name=state\nstart=22528,size=131072,name=oem\n";
    await execa("sfdisk", ["-q", disk], { input: table, env });
    await makeFileSystem("state", "COS_STATE", 1, "10M");
    await makeFileSystem("oem", "COS_OEM", 11, "64M");
    await chmod(disk, 0o444);
    const larger = String(201 * MiB);
    await execa("qemu-img", [
      "create",
      "-q",
      "-f",
      "qcow2",
      "-F",
      "raw",
      "-b",
      disk,
      overlay,
      larger,
    ]);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function makeFileSystem(name: string, label: string, startMiB: number, size: string) {
    const tree = inFolder(name);
    await mkdir(join(tree, "sub"), { recursive: true });
    await writeFile(join(tree, file), `label: ${label}\n`, { mode: 0o640 });
    await writeFile(join(tree, "sub", "other.yaml"), "other: true\n");
    const offset = `offset=${startMiB * MiB}`;
    const args = ["-q", "-t", "ext4", "-L", label, "-d", tree, "-E", offset, disk, size];
    await execa("mke2fs", args, { env });
  }

  const digestOf = async (path: string): Promise<string> =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");

  it("finds the file system by its label", async () => {
    assert.equal((await findFileSystem(disk, "COS_OEM", signal))?.start, 11 * MiB);
    assert.equal(await findFileSystem(disk, "COS_PERSISTENT", signal), undefined);
  });

  it("changes that file only, keeps its mode, and leaves every byte of the disk", async () => {
    const before = await digestOf(disk);
    const oem = await findFileSystem(disk, "COS_OEM", signal);
    assert.ok(oem !== undefined);
    const copy = inFolder("oem.img");
    const text = `label: "changed"\n${"# more\n".repeat(1000)}`;
    await writeFile(inFolder("text.yaml"), text);
    await copyPartition(disk, oem, copy, signal);
    const { stdout: original } = await execa("debugfs", ["-R", `stat ${file}`, copy], { env });
    await replaceExtFile(copy, file, { path: inFolder("text.yaml"), text }, signal);
    await writeToOverlay(overlay, oem, { disk, copy }, signal);
    assert.equal(await digestOf(disk), before);

    const seen = inFolder("seen.raw");
    await execa("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", overlay, seen]);
    assert.equal(await readExtFile(seen, oem.start, file, signal), text);
    assert.equal(await readExtFile(seen, oem.start, "/sub/other.yaml", signal), "other: true\n");
    assert.equal(await readExtFile(seen, MiB, file, signal), "label: COS_STATE\n");
    const { stdout: changed } = await execa("debugfs", ["-R", `stat ${file}`, copy], { env });
    const owner = /Mode: +0640 .*\nGeneration.*\nUser: +\d+ +Group: +\d+/;
    assert.equal(owner.exec(changed)?.[0], owner.exec(original)?.[0]);
    assert.match(original, owner);
    await execa("e2fsck", ["-fn", copy], { env });
    const pieces = (await readdir(folder)).filter((name) => name.startsWith("oem.img."));
    assert.deepEqual(pieces, []);
  });

  it("says so if the file system has no room for the new content", async () => {
    const oem = await findFileSystem(disk, "COS_STATE", signal);
    assert.ok(oem !== undefined);
    const copy = inFolder("state.img");
    await copyPartition(disk, oem, copy, signal);
    const text = "x".repeat(12 * MiB);
    await writeFile(inFolder("large.yaml"), text);
    await assert.rejects(
      replaceExtFile(copy, file, { path: inFolder("large.yaml"), text }, signal),
      /debugfs.*could not write \/90_custom\.yaml/,
    );
  });

  it("stops when the build is cancelled", async () => {
    const cancelledSignal = AbortSignal.abort();
    const copy = inFolder("cancelled.img");
    await assert.rejects(copyPartition(disk, { start: 0, sizeBytes: MiB }, copy, cancelledSignal), {
      code: "build.cancelled",
    });
    await (await open(copy, "r")).close();
  });
});
