import { execa } from "execa";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Boots a disk in a throwaway overlay with plain QEMU, not our code, until it prints a login prompt or time is over. */
export async function bootImage(
  disk: string,
  folder: string,
  firmware: string[] = [],
): Promise<string> {
  const overlay = join(folder, "boot.qcow2");
  const log = join(folder, "boot.log");
  const format = disk.endsWith(".raw") ? "raw" : "qcow2";
  await execa("qemu-img", ["create", "-f", "qcow2", "-F", format, "-b", disk, overlay]);
  const machine = execa(
    "/usr/bin/qemu-system-x86_64",
    [
      ...["-accel", "tcg", "-cpu", "Nehalem", "-m", "1024", "-M", "q35", "-display", "none"],
      ...["-nodefaults", "-no-reboot", "-serial", `file:${log}`, ...firmware],
      ...["-drive", `file=${overlay},format=qcow2,if=virtio`],
    ],
    { reject: false, cleanup: true },
  );
  try {
    for (let waited = 0; waited < 240; waited++) {
      await delay(1000);
      const text = await readFile(log, "utf8").catch(() => "");
      if (/login:/.test(text)) return text;
    }
    return await readFile(log, "utf8");
  } finally {
    machine.kill("SIGKILL");
    await machine;
    await rm(overlay, { force: true });
  }
}
