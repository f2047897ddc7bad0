import { execa } from "execa";
import { mkdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { z } from "zod";

/** QEMU's format names by file extension. */
const drivers: Readonly<Record<string, string>> = {
  ".raw": "raw",
  ".img": "raw",
  ".qcow2": "qcow2",
  ".vmdk": "vmdk",
  ".vhd": "vpc",
};

export function driverOf(image: string): string {
  const driver = drivers[extname(image)];
  if (driver === undefined) throw new Error(`QEMU has no driver for ${image}`);
  return driver;
}

/** Fails unless all images have the same content for a machine. */
export async function assertSameDisk(...images: readonly string[]): Promise<void> {
  const [disk = "", ...others] = images;
  if (others.length === 0) throw new Error("there is nothing to compare it with");
  for (const other of others) {
    const formats = ["-f", driverOf(disk), "-F", driverOf(other)];
    await execa("qemu-img", ["compare", ...formats, disk, other]);
  }
}

/** Extracts a file of an archive into a new folder. */
export async function unpack(archive: string, member: string, folder: string): Promise<string> {
  await mkdir(folder);
  await execa("tar", ["--sparse", "-C", folder, "-xf", archive, member]);
  return join(folder, member);
}

const manifestSchema = z.object({ layers: z.tuple([z.object({ digest: z.string() })]) });

/** Extracts the disk in `/disk/` of an OCI archive, as registry clients read it. */
export async function diskOf(archive: string, extension: string, folder: string): Promise<string> {
  const image = join(folder, "image");
  await mkdir(folder);
  await execa("skopeo", ["copy", "-q", `oci-archive:${archive}`, `dir:${image}`]);
  const manifest: unknown = JSON.parse(await readFile(join(image, "manifest.json"), "utf8"));
  const [{ digest }] = manifestSchema.parse(manifest).layers;
  const layer = join(image, digest.replace("sha256:", ""));
  return unpack(layer, `disk/disk.${extension}`, join(folder, "layer"));
}
