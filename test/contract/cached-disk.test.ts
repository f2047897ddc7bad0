import assert from "node:assert/strict";
import { execa } from "execa";
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { World } from "./world";

const GiB = 1024 ** 3;
const removed = /warning:.*The base disk in the cache is damaged and is removed: /;
const image = (formats: string, more = ""): string =>
  `new StylusImage("edge", args({ formats: ${formats}, ${more} }));`;
const qcow2 = `["qcow2"]`;
const both = `["qcow2", { type: "raw", compression: "none" }]`;

describe("A base disk in the cache (P13)", () => {
  let world: World;
  let stack: Stack;
  let disk: string;

  const diskFolder = async (): Promise<string> => {
    const folder = join(world.folder, "machine", "stylus-image", "disks");
    const [key] = await readdir(folder);
    return join(folder, key ?? "none");
  };

  before(async () => {
    world = await World.create();
    stack = await world.stack("first", image(qcow2));
    await stack.up();
    disk = join(await diskFolder(), "disk.raw");
  });
  after(() => world.remove());

  /** Eight other bytes in the middle of the disk, with the old times of the file. */
  const overwrite = async (path = disk): Promise<void> => {
    const { atime, mtime } = await stat(path);
    const file = await open(path, "r+");
    await file.write(Buffer.from("DAMAGED!"), 0, 8, GiB / 2 + 100);
    await file.close();
    await utimes(path, atime, mtime);
  };
  const copyOfDisk = async (): Promise<string> => {
    const copy = join(world.folder, "copy.raw");
    await execa("cp", ["--sparse=always", disk, copy]);
    return copy;
  };
  /** The published raw disk is the disk in the published qcow2. */
  const assertIntact = async (): Promise<void> => {
    const names = await world.published();
    const path = (end: string): string =>
      join(world.folder, "images", names.find((name) => name.endsWith(end)) ?? end);
    await execa("qemu-img", ["compare", "-f", "raw", "-F", "qcow2", path(".raw"), path(".qcow2")]);
  };
  /** Publishes the qcow2 alone, and then the raw disk from the cache as `prepare` leaves it. */
  const addRaw = async (prepare: () => Promise<unknown>): Promise<string> => {
    await world.rewrite(stack, image(qcow2));
    await stack.up();
    assert.equal((await world.published()).length, 1);
    await prepare();
    await world.rewrite(stack, image(both));
    const { output } = await stack.up();
    await assertIntact();
    assert.equal(await world.disks(), 1);
    return output;
  };

  const unchanged: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["nobody touched", () => Promise.resolve()],
    ["was only touched", () => utimes(disk, new Date(), new Date())],
    [
      "was restored from a copy",
      async () => {
        const copy = await copyOfDisk();
        await rm(disk);
        await execa("cp", ["--sparse=always", copy, disk]);
      },
    ],
    [
      "an earlier version described",
      async () => {
        const file = join(await diskFolder(), "disk.json");
        const { contentDigest, virtualSizeBytes } = JSON.parse(
          await readFile(file, "utf8"),
        ) as Record<string, unknown>;
        await writeFile(file, JSON.stringify({ contentDigest, virtualSizeBytes }));
      },
    ],
  ];
  for (const [what, prepare] of unchanged) {
    it(`P13: a disk that ${what} is used`, async () => {
      const output = await addRaw(prepare);
      assert.doesNotMatch(output, /warning|restored from/);
    });
  }

  const damages: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    ["eight overwritten bytes", overwrite, /its content digest is [0-9a-f]{64}, expected/],
    ["a truncated disk", () => truncate(disk, GiB - 1), /it has 1073741823 bytes, expected/],
    ["a longer disk", () => truncate(disk, 2 * GiB), /it has 2147483648 bytes, expected/],
    ["a missing disk", () => rm(disk), /ENOENT/],
    [
      "a folder in its place",
      async () => {
        await rm(disk);
        await mkdir(disk);
      },
      /it is not a regular file/,
    ],
    [
      "a symbolic link in its place",
      async () => {
        const copy = await copyOfDisk();
        await rm(disk);
        await symlink(copy, disk);
      },
      /it is not a regular file/,
    ],
    [
      "another disk in its place",
      async () => {
        const copy = await copyOfDisk();
        await overwrite(copy);
        await rename(copy, disk);
      },
      /its content digest is/,
    ],
  ];
  for (const [what, damage, why] of damages) {
    it(`P13: ${what}: the disk is restored from the published artifact, with a warning`, async () => {
      const output = await addRaw(damage);
      assert.match(output, removed);
      assert.match(output, why);
      assert.match(output, /The base disk is restored from file:.*\.qcow2/);
      // The next one uses the restored disk.
      await world.rewrite(stack, image(`["qcow2", "raw", "vhd"]`));
      assert.doesNotMatch((await stack.up()).output, removed);
    });
  }

  it("P13: a disk that changes while it is converted is not published", async () => {
    await world.rewrite(stack, image(qcow2));
    await stack.up();
    const before = await world.files();
    // Without compression qemu-img converts. It begins with a damage of the disk that was checked a moment before.
    const tools = join(world.folder, "tools");
    await mkdir(tools);
    const real = (await execa("which", ["qemu-img"])).stdout;
    const flip = `printf DAMAGED! | dd of='${disk}' bs=1 seek=${GiB / 2} conv=notrunc status=none`;
    await writeFile(
      join(tools, "qemu-img"),
      `#!/bin/sh\ncase "$*" in convert*) ${flip};; esac\nexec ${real} "$@"\n`,
    );
    await chmod(join(tools, "qemu-img"), 0o755);
    const another = image(`[{ type: "qcow2", compression: "none" }]`);
    const breaking = await world.stack("breaking", another, { path: [tools] });
    const { output } = await breaking.run(["up", "--yes", "--skip-preview"], 1);
    assert.match(output, /changed while artifacts were made from it: its content digest is/);
    assert.match(output, /Run this again: the disk was removed from the cache.*convert\.failed/);
    const artifacts = (names: readonly string[]) =>
      names.filter((name) => !name.startsWith(".stylus-image/"));
    assert.deepEqual(artifacts(await world.files()), artifacts(before));
    // The next run restores the disk.
    await world.rewrite(stack, image(both));
    assert.match((await stack.up()).output, /The base disk is restored from file:.*\.qcow2/);
    assert.equal(await world.disks(), 1);
    await breaking.destroy();
  });

  it("P13: without a lossless artifact, the image is installed again and published anew as a whole", async () => {
    const lossy = await World.create();
    try {
      const other = await lossy.stack("lossy", image(`["vmdk"]`));
      await other.up();
      const first = (await lossy.files()).filter((name) => name.endsWith(".vmdk"));
      const disks = join(lossy.folder, "machine", "stylus-image", "disks");
      const [key] = await readdir(disks);
      await overwrite(join(disks, key ?? "none", "disk.raw"));
      await lossy.steer({ seed: "another install" });
      await lossy.rewrite(other, image(`["vmdk", "qcow2"]`));
      const { output } = await other.up();
      assert.match(output, removed);
      assert.equal(await lossy.disks(), 2);
      const now = (await lossy.files()).filter((name) => name.endsWith(".vmdk"));
      assert.equal(now.length, 1);
      assert.notDeepEqual(now, first);
    } finally {
      await lossy.remove();
    }
  });
});
