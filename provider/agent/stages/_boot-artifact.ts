import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../../formats/make-artifact";
import { unpackArtifact } from "../../formats/unpack";
import type { Hardware } from "../../plan/qemu-arguments";
import type { DiskFormat } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import { withSlot } from "../../system/lock/lock";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { slotCount } from "../../system/host/capacity";
import { log, type KeyedBuild } from "../context";
import type { BaseDisk } from "../image-state";
import { prepareHost } from "./prepare-host";
import { verifyByBooting } from "./verify";

/** Boots an artifact once as it will be published. */
export async function bootArtifact(
  build: KeyedBuild,
  disk: BaseDisk,
  format: DiskFormat,
  artifact: Artifact,
): Promise<void> {
  // The base disk itself came up already.
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
    const onWait = (): void =>
      log(build, "Other builds use this machine; waiting for a free place.");
    await withSlot(build.workspace.slots, await slotCount(), { signal: build.signal, onWait }, () =>
      verifyByBooting(build, { folder, logs }, { ...image, hardware }, host, kind),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the artifact's virtual machines have: a system without these drivers would not come up there. */
export function hardwareOf(format: DiskFormat, recipe: Hardware): Hardware {
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

/** The disk may come from the cache, whose installer nobody has looked into. */
async function kindOf(build: KeyedBuild, disk: BaseDisk): Promise<InstallerKind> {
  const { kind } = build.plan.installer;
  if (kind !== "auto") return kind;
  const { partitions } = await inspectInstalledDisk(disk.path, build.signal);
  const isKairos = partitions.some(({ fileSystem }) => fileSystem?.label === "COS_STATE");
  return isKairos ? "kairos" : "generic";
}
