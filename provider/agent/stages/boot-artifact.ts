import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpackArtifact, type DiskFile } from "../../formats/unpack";
import type { Hardware } from "../../plan/qemu-arguments";
import type { DiskFormat } from "../../schema/formats";
import type { Head } from "../../plan/record";
import { run } from "../../system/process/run";
import { type KeyedBuild, log } from "../context";
import { machineOf } from "../machine-of";
import { kindOf } from "./installed-kind";
import { prepareHost } from "./prepare-host";
import { inSlot } from "./slot";
import { verifyByBooting } from "./verify";

/**
 * Boots an artifact once, with the hardware that its virtual machines will have. The base disk, where it is at hand,
 * tells the kind of installer.
 */
export async function bootArtifact(
  build: KeyedBuild,
  head: Head,
  disk: string | undefined,
  format: DiskFormat,
  artifact: string,
): Promise<void> {
  const hardware = hardwareOf(format, build.recipe);
  const folder = join(build.workspace.build(build.installKey), "boot");
  const logs = build.workspace.logs(build.installKey);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const image = await unpackArtifact(artifact, format, folder, build.signal);
    const host = await prepareHost(build);
    const booted = { ...image, is: "artifact", hardware } as const;
    const kind = await kindOf(build, disk ?? (await rawCopy(build, image, folder)));
    log(build, `The ${format.type} is booted with ${hardware.diskBus} and ${hardware.nic}.`);
    await inSlot(build, () =>
      verifyByBooting(machineOf(build, head), { folder, logs }, booted, host, kind),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The hardware of the format's virtual machines: a system without drivers for it would not boot there. */
function hardwareOf(format: DiskFormat, recipe: Hardware): Hardware {
  switch (format.type) {
    case "ova": {
      const diskBus = format.scsiType === "pvscsi" ? "pvscsi" : "mptsas1068";
      return { diskBus, nic: format.networkType };
    }
    case "vmdk":
      return { diskBus: "pvscsi", nic: "vmxnet3" };
    case "raw":
    case "qcow2":
    case "vhd":
    case "gce":
    case "containerdisk":
      return { diskBus: recipe.diskBus, nic: recipe.nic };
  }
}

/** The disk of an image as a raw file. */
async function rawCopy(
  { signal }: KeyedBuild,
  { path, driver }: DiskFile,
  folder: string,
): Promise<string> {
  if (driver === "raw") return path;
  const copy = join(folder, "inspected.raw");
  const args = ["convert", "-f", driver, "-O", "raw", path, copy];
  await run("qemu-img", args, { signal, code: "convert.failed" });
  return copy;
}
