import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { letConfigurationReport } from "../../../../provider/agent/stages/change-overlay";
import { MiB } from "../../../../provider/base/size";
import type { AgentEvent } from "../../../../provider/plan/events";
import { readExtFile } from "../../../../provider/system/disk/ext";
import { buildFor, signal } from "../../../unit/agent/samples";

const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
const configuration = "#cloud-config\nhostname: edge\n";

describe("letConfigurationReport", () => {
  let base = "";
  let disk = "";
  const overlay = (): string => join(base, "overlay.qcow2");

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "change-overlay-"));
    disk = join(base, "disk.raw");
    const tree = join(base, "oem");
    await mkdir(tree);
    await writeFile(join(tree, "90_custom.yaml"), configuration);
    await execa("mke2fs", ["-q", "-t", "ext4", "-L", "COS_OEM", "-d", tree, disk, "64M"], { env });
    await rm(tree, { recursive: true });
    await makeOverlay(64 * MiB);
  });

  afterEach(() => rm(base, { recursive: true, force: true }));

  async function makeOverlay(size: number): Promise<void> {
    const backing = ["-F", "raw", "-b", disk];
    const args = ["create", "-q", "-f", "qcow2", ...backing, overlay(), String(size)];
    await execa("qemu-img", args);
  }

  async function run(folder: string) {
    const events: AgentEvent[] = [];
    const build = buildFor({ folder: base, targets: [], events });
    const newOverlay = (): Promise<void> => makeOverlay(64 * MiB);
    const disks = { disk, overlay: overlay(), newOverlay };
    const reports = await letConfigurationReport(build, folder, disks, "nonce");
    const warnings = events.flatMap((it) => (it.type === "log" ? it.message : []));
    return { reports, warnings };
  }

  async function bootedConfiguration(): Promise<string | undefined> {
    const seen = join(base, "seen.raw");
    await execa("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", overlay(), seen]);
    return readExtFile(seen, 0, "/90_custom.yaml", signal);
  }

  async function withSmallFolder(
    size: string,
    work: (folder: string) => Promise<void>,
  ): Promise<void> {
    const folder = join(base, "small");
    await mkdir(folder);
    await execa("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
    try {
      await work(folder);
    } finally {
      await execa("umount", [folder]);
    }
  }

  it("changes the overlay although a killed build left its copies", async () => {
    await writeFile(join(base, "oem.img"), "half");
    await writeFile(join(base, "oem.img.0"), "half");
    await writeFile(join(base, "configuration.yaml"), "half");
    const { reports, warnings } = await run(base);
    assert.deepEqual(reports?.stages, ["initramfs", "boot"]);
    assert.deepEqual(warnings, []);
    assert.match((await bootedConfiguration()) ?? "", /^#cloud-config\nhostname: edge\n.*nonce/s);
    assert.deepEqual((await readdir(base)).toSorted(), ["disk.raw", "overlay.qcow2", "seen.raw"]);
  });

  for (const [what, limit] of [
    ["the copy of the partition", "64k"],
    ["the new content of the file", "8m,nr_inodes=2"],
  ] as const) {
    it(`is host.disk-full if there is no space for ${what}`, async () => {
      await withSmallFolder(limit, async (folder) => {
        await assert.rejects(run(folder), { code: "host.disk-full", message: /Free disk space/ });
        assert.deepEqual(await readdir(folder), []);
      });
    });
  }

  it("is host.disk-full if there is no space in the overlay", async () => {
    await withSmallFolder("300k", async (folder) => {
      const full = join(folder, "overlay.qcow2");
      await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk, full]);
      const disks = { disk, overlay: full, newOverlay: () => Promise.resolve() };
      const build = buildFor({ folder: base, targets: [] });
      await assert.rejects(letConfigurationReport(build, base, disks, "nonce"), {
        code: "host.disk-full",
      });
    });
  });

  it("leaves the overlay unchanged, with a warning, if the tools cannot write the file system", async () => {
    // A file system with this unknown feature can be read only.
    await execa("debugfs", ["-w", "-R", "feature FEATURE_R30", disk], { env });
    const { reports, warnings } = await run(base);
    assert.equal(reports, undefined);
    assert.match(warnings.join(), /^The boot for verification does not show whether .* `debugfs`/);
    assert.equal(await bootedConfiguration(), configuration);
  });

  it("makes the overlay again, with a warning, if a write into it fails", async () => {
    await rm(overlay());
    await makeOverlay(MiB);
    const { reports, warnings } = await run(base);
    assert.equal(reports, undefined);
    assert.match(warnings.join(), /^The boot for verification does not show whether .* `qemu-io`/);
    assert.equal(await bootedConfiguration(), configuration);
  });

  it("does not go on after a cancellation", async () => {
    const build = { ...buildFor({ folder: base, targets: [] }), signal: AbortSignal.abort() };
    const newOverlay = () => assert.fail("a cancelled build makes no overlay");
    const disks = { disk, overlay: overlay(), newOverlay };
    await assert.rejects(letConfigurationReport(build, base, disks, "nonce"), {
      code: "build.cancelled",
    });
  });
});
