import { rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ovaNames } from "../plan/ovf/document";
import type { DiskFormat } from "../schema/formats";
import { run } from "../system/process/run";
import { expandRaw } from "./raw/convert";

/** A disk image that QEMU can open. */
export interface DiskFile {
  readonly path: string;
  readonly driver: "raw" | "qcow2" | "vmdk" | "vpc";
}

/**
 * The disk inside an artifact: the file itself if QEMU can read it, otherwise a copy in `folder`.
 */
export async function unpackArtifact(
  path: string,
  format: DiskFormat,
  folder: string,
  signal: AbortSignal,
): Promise<DiskFile> {
  const disk = join(folder, "disk.raw");
  switch (format.type) {
    case "raw": {
      const { compression = "none" } = format;
      if (compression === "none") return { path, driver: "raw" };
      await expandRaw(path, compression, disk, signal);
      return { path: disk, driver: "raw" };
    }
    case "qcow2":
    case "vmdk":
      return { path, driver: format.type };
    case "vhd":
      return { path, driver: "vpc" };
    case "gce":
      await tar(["--extract", "--gzip", "--sparse", "--file", path, "disk.raw"], folder, signal);
      return { path: disk, driver: "raw" };
    case "ova":
      await tar(["--extract", "--file", path, ovaNames.disk], folder, signal);
      return { path: join(folder, ovaNames.disk), driver: "vmdk" };
    case "containerdisk":
      return { path: await unpackLayer(path, folder, signal), driver: format.disk };
  }
}

const indexSchema = z.object({ manifests: z.tuple([z.object({ digest: z.string() })]) });
const manifestSchema = z.object({ layers: z.tuple([z.object({ digest: z.string() })]) });

/** Extracts the only file of the only layer of an OCI image. */
async function unpackLayer(archive: string, folder: string, signal: AbortSignal): Promise<string> {
  const text = async (name: string): Promise<unknown> =>
    JSON.parse(await tar(["--extract", "--to-stdout", "--file", archive, name], folder, signal));
  const [manifest] = indexSchema.parse(await text("index.json")).manifests;
  const [layer] = manifestSchema.parse(await text(blobOf(manifest.digest))).layers;
  await tar(["--extract", "--file", archive, blobOf(layer.digest)], folder, signal);
  const blob = join(folder, blobOf(layer.digest));
  // tar detects a compressed layer. Owner and mode belong to the container and are ignored.
  const args = ["--no-same-owner", "--no-same-permissions", "--sparse", "--file", blob];
  const listed = await tar(["--list", "--file", blob], folder, signal);
  const name = listed.split("\n").find((it) => /^disk\/./.test(it)) ?? "disk";
  await tar(["--extract", "--transform", "s|.*/||", ...args, name], folder, signal);
  const unpacked = join(folder, "container.disk");
  await rename(join(folder, name.replace(/.*\//, "")), unpacked);
  return unpacked;
}

function blobOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

async function tar(args: readonly string[], folder: string, signal: AbortSignal): Promise<string> {
  const all = ["--force-local", "--directory", folder, ...args];
  return (await run("tar", all, { signal, code: "convert.failed" })).stdout;
}
