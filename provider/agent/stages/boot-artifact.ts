import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../../formats/make-artifact";
import { isoUserData } from "../../plan/iso/layout";
import type { FormatOf } from "../../schema/formats";
import { withSlot } from "../../system/lock/lock";
import { inspectIso } from "../../system/iso/inspect";
import { slotCount } from "../../system/host/capacity";
import { log, stage, warn, type BuildFiles, type KeyedBuild } from "../context";
import { installFrom, scaled } from "./install";
import { checkInstalledDisk } from "./check-disk";
import { prepareHost } from "./prepare-host";
import { verifyByBooting } from "./verify";

/** What the disk of the trial's machine answers to: it is a virtio disk. */
const trialDisks = ["auto", "/dev/vda"];

/** Lets an ISO do in a machine of its own what it will do in the field: it installs, and what it installed comes up. */
export async function bootIso(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: Artifact,
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
      proveInstall(build, format, artifact, { files, host, kind }),
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

async function proveInstall(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: Artifact,
  { files, host, kind }: Trial,
): Promise<void> {
  const limit = scaled(build.plan.timeouts.install, host);
  const ending = format.afterInstall === "reboot" ? "reset" : "powered off";
  await stage(build, "verify", limit, ({ signal }) =>
    installFrom({ ...build, signal }, { cds: [artifact.path], ending }, files, host),
  );
  const userData = isoUserData(build.request.userData, format, kind);
  await checkInstalledDisk(build, files, kind, userData);
  const image = { path: files.disk, driver: "raw", hardware: build.recipe } as const;
  await verifyByBooting(build, files, image, host, kind);
}
