import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driverOf } from "./disk-images";
import { runMachine, type Machine } from "./plain-machine";

/**
 * Boots an image with plain QEMU, without our code, until it shows a login prompt or the time limit is over, and
 * returns its console output. A throwaway overlay protects the image.
 */
export async function bootImage(
  image: string,
  options: Partial<Pick<Machine, "firmware" | "cd">> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-boot-"));
  try {
    const path = join(folder, "overlay.qcow2");
    await execa("qemu-img", ["create", "-f", "qcow2", "-F", driverOf(image), "-b", image, path]);
    const disk = { path, format: "qcow2" } as const;
    const machine = { folder, name: "boot", firmware: "bios", disk, until: /login:/ } as const;
    return (await runMachine({ ...machine, ...options })).console;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
