import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import { checkInstaller } from "../../../../provider/system/iso/check";
import { inspectIso } from "../../../../provider/system/iso/inspect";

const signal = new AbortController().signal;
const grub = `set default=0
set timeout=5
menuentry "Edge Installer" {
  linux /boot/kernel cdroot install-mode console=ttyS0
}`;

describe("inspecting an installer ISO", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus iso'"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** An ISO of these files; the files of `root` form its squashfs. */
  async function build(
    name: string,
    files: Record<string, string | Buffer>,
    given: { args?: string[]; label?: string; root?: Record<string, string | Buffer> } = {},
  ): Promise<string> {
    const tree = join(folder, name);
    await writeTree(tree, files);
    if (given.root !== undefined) {
      const root = join(folder, `${name}-root`);
      await writeTree(root, given.root);
      await execa("mksquashfs", [root, join(tree, "rootfs.squashfs"), "-comp", "xz", "-quiet"]);
    }
    const iso = join(folder, `${name}.iso`);
    const { label = "COS_LIVE", args = [] } = given;
    await execa("xorriso", ["-as", "mkisofs", "-R", "-V", label, ...args, "-o", iso, tree]);
    return iso;
  }

  const biosAndUefi = [
    ...["-b", "boot/bios.bin", "-no-emul-boot", "-boot-load-size", "4"],
    ...["-eltorito-alt-boot", "-e", "boot/uefi.img", "-no-emul-boot"],
  ];
  const kairos = {
    "boot/kernel": "k",
    "boot/initrd": "i",
    "boot/bios.bin": Buffer.alloc(2048, 1),
    "boot/uefi.img": Buffer.alloc(65536),
    "boot/grub2/grub.cfg": grub,
  };

  it("reads label, boot records, menu and root of a Kairos ISO", async () => {
    const iso = await build("kairos", kairos, {
      args: biosAndUefi,
      root: { "usr/bin/kairos-agent": Buffer.alloc(300_000), "etc/a file": Buffer.alloc(5000) },
    });
    const report = await inspectIso(iso, signal);
    assert.equal(report.kind, "kairos");
    assert.equal(report.volumeLabel, "COS_LIVE");
    assert.deepEqual(report.boots, { bios: true, uefi: true });
    assert.equal(report.hasKernel, true);
    assert.equal(report.trustedBoot, false);
    assert.equal(report.menu?.defaultEntry?.title, "Edge Installer");
    assert.equal(report.menu.timeout, 5);
    assert.equal(report.root?.kairosAgent, true);
    assert.equal(report.root.contentBytes, 305_000);
    assert.ok(report.root.sizeBytes < 10_000);
  });

  it("lists every configuration that the installer would merge, and content bundles", async () => {
    const iso = await build("configured", {
      "files-iso/config.yaml": "#cloud-config\na: 1\n",
      "leftover's.yml": "#cloud-config\r\n",
      "oem/userdata": "#cloud-config\n",
      "deep/er/still/more/levels/than/eight/of/them/x.yaml": "#cloud-config\n",
      "values.yaml": "a: 1\n",
      "huge.yaml": `#cloud-config\n${"#".repeat(1_100_000)}`,
      "opt/spectrocloud/content/bundle.tar.zst_part00": "x",
    });
    const report = await inspectIso(iso, signal);
    assert.deepEqual(report.configurations.map(({ path }) => path).sort(), [
      "/deep/er/still/more/levels/than/eight/of/them/x.yaml",
      "/files-iso/config.yaml",
      "/leftover's.yml",
      "/oem/userdata",
    ]);
    assert.deepEqual(
      report.bundles.map(({ path, sizeBytes }) => [path, sizeBytes]),
      [["/opt/spectrocloud/content/bundle.tar.zst_part00", 1]],
    );
    const [config] = report.configurations.filter(({ path }) => path.startsWith("/files-iso"));
    const bytes = await readFile(iso);
    const { offset = 0, sizeBytes = 0 } = config ?? {};
    assert.equal(bytes.toString("utf8", offset, offset + sizeBytes), "#cloud-config\na: 1\n");
  });

  it("reports any other ISO as generic, with the firmware that boots it", async () => {
    const bios = ["-b", "boot/bios.bin", "-no-emul-boot"];
    const one = await build("bios", { "boot/bios.bin": Buffer.alloc(2048) }, { args: bios });
    const report = await inspectIso(one, signal);
    assert.equal(report.kind, "generic");
    assert.deepEqual(report.boots, { bios: true, uefi: false });
    const efi = ["-e", "efi.img", "-no-emul-boot"];
    const two = await build("uefi", { "efi.img": Buffer.alloc(65536) }, { args: efi });
    assert.deepEqual((await inspectIso(two, signal)).boots, { bios: false, uefi: true });
    const none = await build("data", { "a.txt": "a" });
    assert.deepEqual((await inspectIso(none, signal)).boots, { bios: false, uefi: false });
  });

  it("reads the menu of isolinux with its included files, beside GRUB's", async () => {
    const iso = await build("isolinux", {
      "isolinux/isolinux.bin": Buffer.alloc(2048),
      "isolinux/isolinux.cfg":
        "# D-I\npath\ninclude menu.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 0\n",
      "isolinux/menu.cfg": "menu title x\ninclude txt.cfg\n",
      "isolinux/txt.cfg": "label install\n\tmenu label ^Install\n\tmenu default\n\tkernel /k\n",
      "boot/grub/grub.cfg": `load_env\nset default="$saved_entry"\n${grub}\nset timeout=-1\nmenuentry "B" { linux /k }`,
      "boot/grub/grubenv": "# GRUB Environment Block\nsaved_entry=B\n#####",
    });
    const { biosMenu, menu } = await inspectIso(iso, signal);
    assert.deepEqual([biosMenu?.defaultEntry?.title, biosMenu?.waits], ["Install", true]);
    assert.deepEqual([menu?.defaultEntry?.title, menu?.waits], ["Edge Installer", true]);
  });

  it("recognises Trusted Boot by its label, and by the kernel in its EFI image", async () => {
    const image = join(folder, "efi.img");
    await writeFile(image, Buffer.alloc(0));
    await truncate(image, 4 * 1024 * 1024);
    await execa("mkfs.vfat", [image]);
    await execa("mmd", ["-i", image, "::/EFI", "::/EFI/kairos"]);
    await execa("mcopy", ["-i", image, "-", "::/EFI/kairos/install.efi"], { input: "uki" });
    const files = { "efiboot.img": await readFile(image) };
    const args = ["-e", "efiboot.img", "-no-emul-boot"];
    const plain = await inspectIso(await build("uki", files, { args, label: "EDGE" }), signal);
    assert.equal(plain.trustedBoot, true);
    assert.equal(plain.kind, "kairos");
    const empty = { "efiboot.img": Buffer.alloc(65536) };
    const label = "UKI_ISO_INSTALL";
    const named = await inspectIso(await build("named", empty, { args, label }), signal);
    assert.equal(named.trustedBoot, true);
    const other = await inspectIso(await build("other", empty, { args, label: "X" }), signal);
    assert.equal(other.trustedBoot, false);
  });

  /** The beginning of a kernel of arm64. */
  const armKernel = Buffer.alloc(8192);
  armKernel.write("ARMd", 0x38);

  it("reads isolinux beside any of its loaders, and says if a loader of a BIOS has no menu that it can read", async () => {
    const loader = "boot/x86_64/loader/isolinux.bin";
    const args = ["-b", loader, "-no-emul-boot", "-boot-load-size", "4"];
    const files = { [loader]: Buffer.alloc(2048, 1), "EFI/BOOT/grub.cfg": grub };
    const config = "ui gfxboot.c32\ntimeout 50\nlabel install\nkernel /k\n";
    const read = { ...files, "boot/x86_64/loader/isolinux.cfg": config };
    const known = await inspectIso(await build("loader", read, { args }), signal);
    assert.equal(known.biosMenu?.timeout, 5);
    assert.equal(known.unreadBiosLoader, false);
    const unread = await inspectIso(await build("unread", files, { args }), signal);
    assert.equal(unread.unreadBiosLoader, true);
    const grubImage = {
      "boot/grub/eltorito.img": Buffer.alloc(2048, 1),
      "boot/grub/grub.cfg": grub,
    };
    const grubArgs = ["-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4"];
    const ofGrub = await inspectIso(await build("of-grub", grubImage, { args: grubArgs }), signal);
    assert.equal(ofGrub.unreadBiosLoader, false);
  });

  it("finds the architecture in loaders and kernels of the ISO, and not in GRUB's own files", async () => {
    const module = Buffer.alloc(64);
    module.write("\x7fELF\u0001\u0001", 0, "latin1");
    module.writeUInt16LE(3, 18);
    const iso = await build("arm64", {
      "boot/kernel": gzipSync(armKernel),
      "boot/initrd": "i",
      "boot/grub/arm64-efi/linux.mod": module,
      "EFI/BOOT/BOOTAA64.EFI": "loader",
    });
    const { programs } = await inspectIso(iso, signal);
    assert.deepEqual(programs, {
      loaders: [{ path: "/EFI/BOOT/BOOTAA64.EFI", architecture: "arm64" }],
      kernels: [{ path: "/boot/kernel", architecture: "arm64" }],
    });
  });

  it("finds the loader in the EFI boot image, and refuses an ISO of another architecture", async () => {
    const image = join(folder, "arm.img");
    await writeFile(image, Buffer.alloc(0));
    await truncate(image, 4 * 1024 * 1024);
    await execa("mkfs.vfat", [image]);
    await execa("mmd", ["-i", image, "::/EFI", "::/EFI/BOOT"]);
    await execa("mcopy", ["-i", image, "-", "::/EFI/BOOT/BOOTAA64.EFI"], { input: "loader" });
    const files = { "efi.img": await readFile(image), "a.txt": "a" };
    const args = ["-e", "efi.img", "-no-emul-boot"];
    const report = await inspectIso(await build("arm-efi", files, { args }), signal);
    assert.deepEqual(report.programs, {
      loaders: [{ path: "/EFI/BOOT/BOOTAA64.EFI", architecture: "arm64" }],
      kernels: [],
    });
    for (const firmware of ["bios", "uefi"] as const) {
      assert.throws(() => checkInstaller(report, { firmware, autoInstall: true, diskSize: 1 }), {
        code: "installer.other-architecture",
        message: /installer is for arm64/,
      });
    }
  });

  it("refuses a file that is not an ISO, and says what it may be", async () => {
    const page = join(folder, "page.iso");
    await writeFile(page, "<html>Sign in</html>");
    await assert.rejects(inspectIso(page, signal), {
      code: "installer.not-bootable",
      message: /not an ISO 9660.*error page/,
    });
    await assert.rejects(inspectIso(join(folder, "absent.iso"), signal), {
      code: "installer.not-found",
    });
  });

  it("refuses a truncated ISO, with both sizes", async () => {
    const iso = await build("cut", { ...kairos, "big.bin": Buffer.alloc(3_000_000, 7) });
    await truncate(iso, 1_500_000);
    await assert.rejects(inspectIso(iso, signal), {
      code: "installer.truncated",
      message: /has 1\.4 MiB, but its contents end at 3\.\d MiB/,
    });
  });

  it("leaves the root's contents unknown if it cannot be listed", async () => {
    const iso = await build("damaged", {
      ...kairos,
      "rootfs.squashfs": Buffer.concat([Buffer.from("hsqs"), Buffer.alloc(5000, 1)]),
    });
    const { root } = await inspectIso(iso, signal);
    assert.deepEqual(root, { path: "/rootfs.squashfs", sizeBytes: 5004 });
  });

  it("leaves them unknown without squashfs-tools, and continues", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "unsquashfs"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
    const before = process.env["PATH"] ?? "";
    process.env["PATH"] = `${bin}:${before}`;
    try {
      const { root } = await inspectIso(join(folder, "kairos.iso"), signal);
      assert.equal(root?.contentBytes, undefined);
      assert.ok((root?.sizeBytes ?? 0) > 0);
    } finally {
      process.env["PATH"] = before;
    }
  });

  it("ends when it is aborted", async () => {
    const aborted = AbortSignal.abort();
    await assert.rejects(inspectIso(join(folder, "kairos.iso"), aborted), {
      code: "build.cancelled",
    });
  });
});

async function writeTree(tree: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(tree, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
