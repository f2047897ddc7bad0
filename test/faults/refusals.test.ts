import { execa } from "execa";
import assert from "node:assert/strict";
import { appendFile, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode } from "../../provider/base/errors";
import type { ImageInput } from "../../provider/schema/image";
import { countQemu, type QemuCounter } from "../e2e/qemu-counter";
import { serveFile } from "../servers/http-files";
import { assertFailed, assertNothingLeft, assertNothingPublished } from "./evidence";
import type { Surroundings } from "./launcher";
import { makePlace, removePlace, type Place } from "./place";
import { smallMachine, startBuild } from "./start-build";

describe("A build that must fail", () => {
  let place: Place;
  let qemu: QemuCounter;

  before(async () => {
    [place, qemu] = [await makePlace(), await countQemu()];
  });

  after(async () => {
    await qemu.remove();
    await removePlace(place);
  });

  /** Refused before the install. The patterns are what the error says, from its cause to the next step. */
  async function assertRefused(
    code: ErrorCode,
    input: Partial<ImageInput>,
    around: Surroundings,
    ...says: readonly RegExp[]
  ): Promise<void> {
    const build = startBuild(place, input, { path: [qemu.folder], ...around });
    const { message } = assertFailed(await build.ended, code);
    for (const pattern of says) assert.match(message, pattern);
    assert.equal(await qemu.installs(), 0);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  }

  it("is installer.no-validator if changes of the installer could not be noticed", async () => {
    const content = Buffer.from("an installer");
    const server = await serveFile({ content, etag: undefined, lastModified: undefined });
    try {
      await assertRefused(
        "installer.no-validator",
        { installer: server.url },
        {},
        /sends neither an ETag nor a Last-Modified date/,
        /a change of the installer could not be detected/,
        /Pin the installer with `installer\.sha256` or `installer\.checksumUrl`/,
      );
      assert.ok(server.log.every(({ sent }) => sent <= 1));
    } finally {
      await server.close();
    }
  });

  it("is installer.changed if the file is not the one that was checked", async () => {
    const [planned, other] = ["installer.iso", "other.iso"].map((it) => join(place.folder, it));
    await copyFile(planned!, other!);
    await appendFile(other!, "another one");
    await assertRefused(
      "installer.changed",
      {},
      { mounts: [`mount --bind ${other} ${planned}`] },
      /installer\.iso has the SHA-256 [0-9a-f]{64}; it had [0-9a-f]{64} when the image was planned/,
      /The file was replaced since then/,
      /Run this again to build from the new installer/,
    );
  });

  it("is host.memory-short if too little memory is available", async () => {
    // As a container with lxcfs sees it.
    const memory = join(place.folder, "meminfo");
    await writeFile(memory, "MemTotal:        2097152 kB\nMemAvailable:    1048576 kB\n");
    await assertRefused(
      "host.memory-short",
      {},
      { mounts: [`mount --bind ${memory} /proc/meminfo`] },
      /has 1 ?GiB of memory to spare, and an install needs at least 1\.\d+ ?GiB/,
      /gets at most 60 % of it/,
      /End other programs, raise the memory limit of the container, or build on a larger host/,
    );
  });

  it("is install.disk-too-small if Kairos' partitions do not fit on the disk", async () => {
    await assertRefused(
      "install.disk-too-small",
      { installer: await withKairosAgent(place) },
      {},
      /A disk of 1 ?GiB is too small: the installer's partitions need 1\.\d+ ?GiB/,
      /Its root file system holds .*, which Kairos stores five times/,
      /Set `machine\.diskSize` above 1\.\d+ ?GiB/,
    );
  });

  it("is install.disk-too-small if the partitions of the user-data leave no room for Kairos' own", async () => {
    const machine = { ...smallMachine, diskSize: "2GiB" };
    const persistent = { size: 500, fs: "ext4" };
    await assertRefused(
      "install.disk-too-small",
      {
        installer: await withKairosAgent(place),
        machine,
        userData: { install: { partitions: { persistent } } },
      },
      {},
      /A disk of 2 ?GiB is too small: the installer's partitions need 2\.\d+ ?GiB/,
      /`install` of the user-data adds its partitions/,
    );
  });
});

/** The stand-in installer with another live system, in which is what tells Kairos' own. */
async function withKairosAgent({ folder }: Place): Promise<string> {
  const [root, squashfs] = [join(folder, "root"), join(folder, "root.squashfs")];
  await mkdir(join(root, "usr", "bin"), { recursive: true });
  await writeFile(join(root, "usr", "bin", "kairos-agent"), Buffer.alloc(1_000_000));
  await execa("mksquashfs", [root, squashfs, "-noappend", "-quiet", "-no-progress"]);
  const [from, to] = [join(folder, "installer.iso"), join(folder, "kairos.iso")];
  // xorriso writes to a new file only.
  await rm(to, { force: true });
  await execa("xorriso", [
    ...["-indev", from, "-outdev", to, "-boot_image", "any", "replay"],
    ...["-map", squashfs, "/rootfs.squashfs"],
  ]);
  return to;
}
