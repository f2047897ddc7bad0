import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConvertedFile } from "../../formats/make-artifact";
import { unpackArtifact } from "../../formats/unpack";
import type { Hardware } from "../../plan/qemu-arguments";
import type { DiskFormat } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import type { BaseDisk } from "../../system/cached-disk";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { type KeyedBuild, log } from "../context";
import { prepareHost } from "./prepare-host";
import { inSlot } from "./slot";
import { verifyByBooting } from "./verify";

/** Boots an artifact of the base disk once, with the hardware that its virtual machines will have. */
export async function bootArtifact(
  build: KeyedBuild,
  disk: BaseDisk,
  format: DiskFormat,
  artifact: ConvertedFile,
): Promise<void> {
  // The base disk itself was booted when it was made.
  if (artifact.path === disk.path) return;
  const hardware = hardwareOf(format, build.recipe);
  const folder = join(build.workspace.build(build.installKey), "boot");
  const logs = build.workspace.logs(build.installKey);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const image = await unpackArtifact(artifact.path, format, folder, build.signal);
    const host = await prepareHost(build);
    const kind = await kindOf(build, disk);
    log(build, `The ${format.type} is booted with ${hardware.diskBus} and ${hardware.nic}.`);
    await inSlot(build, () =>
      verifyByBooting(build, { folder, logs }, { ...image, hardware }, host, kind),
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

/** The kind of installer, from the disk if the plan does not say it: the disk may come from the cache. */
async function kindOf(build: KeyedBuild, disk: BaseDisk): Promise<InstallerKind> {
  const { kind } = build.plan.installer;
  if (kind !== "auto") return kind;
  const { partitions } = await inspectInstalledDisk(disk.path, build.signal);
  const isKairos = partitions.some(({ fileSystem }) => fileSystem?.label === "COS_STATE");
  return isKairos ? "kairos" : "generic";
}
