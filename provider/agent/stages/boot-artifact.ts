import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConvertedFile } from "../../formats/make-artifact";
import { unpackArtifact } from "../../formats/unpack";
import { isoUserData } from "../../plan/iso/layout";
import type { Hardware } from "../../plan/qemu-arguments";
import type { DiskFormat, FormatOf } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import { inspectInstalledDisk } from "../../system/disk/inspect";
import { slotCount } from "../../system/host/capacity";
import { inspectIso } from "../../system/iso/inspect";
import { withSlot } from "../../system/lock/lock";
import { type BuildFiles, type KeyedBuild, log, stage, warn } from "../context";
import type { BaseDisk } from "../../system/cached-disk";
import { checkInstalledDisk } from "./check-disk";
import { installFrom, scaledLimit } from "./install";
import { prepareHost } from "./prepare-host";
import { verifyByBooting } from "./verify";

/** What the disk of the trial's machine answers to: it is a virtio disk. */
const trialDisks = ["auto", "/dev/vda"];

/** Lets an ISO do in a machine of its own what it will do in the field: it installs, and what it installed comes up. */
export async function bootIso(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: ConvertedFile,
): Promise<void> {
  const { device } = format;
  if (!trialDisks.includes(device)) {
    warn(build, `The iso is not booted: it installs on ${device}, which no trial machine has.`);
    return;
  }
  const folder = join(build.workspace.build(build.installKey), "boot");
  // Beside those of the install that made the disk.
  const logs = join(build.workspace.logs(build.installKey), "iso");
  const files: BuildFiles = { folder, disk: join(folder, "disk.raw"), logs };
  const host = await prepareHost(build);
  const { kind: found } = await inspectIso(artifact.path, build.signal);
  const kind = build.plan.installer.kind === "auto" ? found : build.plan.installer.kind;
  const onWait = (): void => log(build, "Other builds use this machine; waiting for a free place.");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    log(build, "The iso installs itself on a disk that is thrown away afterwards.");
    await withSlot(build.workspace.slots, await slotCount(), { signal: build.signal, onWait }, () =>
      verifyInstall(build, format, artifact, { files, host, kind }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Trial {
  readonly files: BuildFiles;
  readonly host: Awaited<ReturnType<typeof prepareHost>>;
  readonly kind: "kairos" | "generic";
}

async function verifyInstall(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: ConvertedFile,
  { files, host, kind }: Trial,
): Promise<void> {
  const limit = scaledLimit(build.plan.timeouts.install, host);
  const ending = format.afterInstall === "reboot" ? "reset" : "powered off";
  await stage(build, "verify", limit, ({ signal }) =>
    installFrom({ ...build, signal }, { cds: [artifact.path], expected: ending }, files, host),
  );
  const userData = isoUserData(build.request.userData, format, kind);
  await checkInstalledDisk(build, files, kind, userData);
  const image = { path: files.disk, driver: "raw", hardware: build.recipe } as const;
  await verifyByBooting(build, files, image, host, kind);
}

/** Boots an artifact once as it will be published. */
export async function bootArtifact(
  build: KeyedBuild,
  disk: BaseDisk,
  format: DiskFormat,
  artifact: ConvertedFile,
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

/** The disk may come from the cache, whose installer nobody has looked into. */
async function kindOf(build: KeyedBuild, disk: BaseDisk): Promise<InstallerKind> {
  const { kind } = build.plan.installer;
  if (kind !== "auto") return kind;
  const { partitions } = await inspectInstalledDisk(disk.path, build.signal);
  const isKairos = partitions.some(({ fileSystem }) => fileSystem?.label === "COS_STATE");
  return isKairos ? "kairos" : "generic";
}
