import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";

/** The boot paths of an installer: from CD and USB stick under BIOS and UEFI, or from a CD alone. */
export type Boot = "hybrid" | "mbr" | "cd" | "cd-bios" | "cd-uefi" | "none";

const bios = [
  ...["-b", "boot/eltorito.img", "-c", "boot/boot.cat", "-no-emul-boot"],
  ...["-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info"],
];
const uefiFile = ["-e", "boot/uefi.img", "-no-emul-boot"];

function argsOf(boot: Boot, tree: string): readonly string[] {
  const mbr = ["--grub2-mbr", join(tree, "..", "mbr.img"), "-partition_offset", "16"];
  const appended = ["-append_partition", "2", "0xef", join(tree, "boot/uefi.img")];
  const uefi = ["-e", "--interval:appended_partition_2:all::", "-no-emul-boot"];
  switch (boot) {
    case "hybrid":
      return [...bios, ...mbr, ...appended, "-appended_part_as_gpt", "-eltorito-alt-boot", ...uefi];
    case "mbr":
      return [...bios, ...mbr, ...appended, "-eltorito-alt-boot", ...uefi];
    case "cd":
      return [...bios, "-eltorito-alt-boot", ...uefiFile];
    case "cd-bios":
      return bios;
    case "cd-uefi":
      return uefiFile;
    case "none":
      return [];
  }
}

/**
 * An ISO with the layout of an installer and a few hundred kilobytes, which cannot boot. Layouts and faults are
 * tested with it in a tenth of a second. `folder` keeps its files.
 */
export async function smallInstaller(
  folder: string,
  name: string,
  {
    boot = "hybrid",
    files = {},
  }: { readonly boot?: Boot; readonly files?: Readonly<Record<string, string | Buffer>> } = {},
): Promise<string> {
  const tree = join(folder, `${name}.tree`, "root");
  const all = {
    "boot/kernel": Buffer.alloc(70_000, "kernel"),
    "boot/initrd": Buffer.alloc(30_001, "initrd"),
    "rootfs.squashfs": Buffer.alloc(400_000, "squashfs"),
    "boot/eltorito.img": Buffer.alloc(20_480, "bios"),
    "boot/uefi.img": Buffer.alloc(64 * 1024, "uefi"),
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  await writeFile(join(tree, "..", "mbr.img"), Buffer.alloc(512, "mbr"));
  const iso = join(folder, `${name}.iso`);
  const label = ["-V", "COS_LIVE", "-r", "-J", "-joliet-long", "-iso-level", "3"];
  const args = ["-as", "mkisofs", "-quiet", "-o", iso, ...label, ...argsOf(boot, tree), tree];
  await execa("xorriso", args);
  return iso;
}
