import { execa } from "execa";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sockets } from "../../../../provider/plan/qemu-arguments";
import { screenRecorder } from "../../../../provider/agent/machine/screen-recorder";
import {
  runMachine,
  type MachineResult,
  type MachineRun,
} from "../../../../provider/agent/machine/virtual-machine";
import { standInInstaller } from "../../../servers/stand-in";

const packInitrd = join(__dirname, "../../../../examples/installer/pack-initrd.pl");

/** Parts of the stand-in installer, of which guests are made that start within seconds. */
export interface GuestParts {
  readonly folder: string;
  readonly kernel: string;
  readonly initrd: string;
  /** GRUB for a BIOS. It reads `/boot/grub2/grub.cfg` of the medium labelled COS_LIVE. */
  readonly grub: string;
}

export async function unpackGuestParts(): Promise<GuestParts> {
  const folder = await mkdtemp(join(tmpdir(), "guest-"));
  const parts = { kernel: "/boot/kernel", initrd: "/boot/initrd", grub: "/boot/eltorito.img" };
  const path = (name: string): string => join(folder, name);
  const extract = Object.entries(parts).flatMap(([name, from]) => ["-extract", from, path(name)]);
  await execa("xorriso", ["-osirrox", "on", "-indev", await standInInstaller(), ...extract]);
  for (const name of Object.keys(parts)) await chmod(path(name), 0o600);
  return { folder, kernel: path("kernel"), initrd: path("initrd"), grub: path("grub") };
}

/** Arguments for a guest whose first process is this script of busybox' shell. */
export async function linuxGuest(parts: GuestParts, script: string): Promise<string[]> {
  const folder = await mkdtemp(join(parts.folder, "init-"));
  await mkdir(join(folder, "root"));
  const prelude = `#!/bin/sh
PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
busybox modprobe -a virtio_blk virtio_pci 2>/dev/null
`;
  await writeFile(join(folder, "root/init"), prelude + script, { mode: 0o755 });
  const { stdout } = await execa("perl", [packInitrd, join(folder, "root"), "0"], {
    encoding: "buffer",
  });
  const initrd = join(folder, "initrd");
  // The kernel unpacks one archive after the other, the second one from a multiple of four bytes: it replaces /init.
  const first = await readFile(parts.initrd);
  const padding = Buffer.alloc((4 - (first.length % 4)) % 4);
  await writeFile(initrd, Buffer.concat([first, padding, stdout]));
  const commandLine = "quiet loglevel=4 no_timer_check mitigations=off console=ttyS0 console=tty1";
  return ["-kernel", parts.kernel, "-initrd", initrd, "-append", commandLine];
}

/** Arguments for a guest that boots GRUB with this configuration from a CD. */
export async function grubGuest(parts: GuestParts, configuration: string): Promise<string[]> {
  const folder = await mkdtemp(join(parts.folder, "iso-"));
  const tree = join(folder, "tree");
  await mkdir(join(tree, "boot/grub2"), { recursive: true });
  await copyFile(parts.grub, join(tree, "boot/eltorito.img"));
  await writeFile(join(tree, "boot/grub2/grub.cfg"), configuration);
  const iso = join(folder, "grub.iso");
  const boot = ["-b", "boot/eltorito.img", "-no-emul-boot", "-boot-load-size", "4"];
  const options = ["-quiet", "-o", iso, "-V", "COS_LIVE", "-r", ...boot];
  await execa("xorriso", [
    "-as",
    "mkisofs",
    ...options,
    "-boot-info-table",
    "--grub2-boot-info",
    tree,
  ]);
  return ["-drive", `file=${iso},format=raw,media=cdrom,readonly=on`];
}

/** Runs a guest as an install does, with limits that suit a guest of seconds. */
export async function runGuest(
  guest: readonly string[],
  limits: Partial<MachineRun> = {},
): Promise<MachineResult> {
  const folder = await mkdtemp(join(tmpdir(), "guest-run-"));
  const disk = join(folder, "disk.raw");
  await writeFile(disk, "");
  await truncate(disk, 64 * 1024 * 1024);
  const recorder = screenRecorder({
    folder: join(folder, "screens"),
    scratch: join(folder, "recorder.ppm"),
    mostScreenshots: 2,
  });
  try {
    return await runMachine({
      arguments: [
        ...["-nodefaults", "-no-user-config", "-no-reboot", "-S", "-display", "none"],
        ...["-machine", "pc", "-accel", "tcg", "-cpu", "Nehalem", "-m", "512", "-device", "VGA"],
        ...["-chardev", `socket,id=serial,path=${folder}/${sockets.serial},server=on,wait=off`],
        ...["-serial", "chardev:serial"],
        ...["-chardev", `socket,id=qmp,path=${folder}/${sockets.qmp},server=on,wait=off`],
        ...["-mon", "chardev=qmp,mode=control"],
        ...["-drive", `file=${disk},format=raw,if=virtio`, ...guest],
      ],
      socketDirectory: folder,
      screenshotPrefix: join(folder, "screen"),
      stallSeconds: 300,
      waitSeconds: 8,
      onLine: () => undefined,
      redact: (text) => text.replaceAll("hunter22", "<secret>"),
      recorder,
      signal: new AbortController().signal,
      ...limits,
    });
  } finally {
    await recorder.done();
    await rm(folder, { recursive: true, force: true });
  }
}
