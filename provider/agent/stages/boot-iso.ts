import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConvertedFile } from "../../formats/make-artifact";
import { isoUserData } from "../../plan/iso/layout";
import type { FormatOf } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import { inspectIso } from "../../system/iso/inspect";
import { type BuildFiles, type KeyedBuild, log } from "../context";
import { checkInstalledDisk } from "./check-disk";
import { installFrom } from "./install";
import { prepareHost, type PreparedHost } from "./prepare-host";
import { inSlot } from "./slot";
import { scaledLimit, stage } from "./stage";
import { verifyByBooting } from "./verify";

/** Installs from an ISO in a trial machine, and boots what it installed. */
export async function bootIso(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: Pick<ConvertedFile, "path">,
): Promise<void> {
  const folder = join(build.workspace.build(build.installKey), "boot");
  // Not the folder of the install that made the base disk, whose logs must stay.
  const logs = join(build.workspace.logs(build.installKey), "iso");
  const files: BuildFiles = { folder, disk: join(folder, "disk.raw"), logs };
  const host = await prepareHost(build);
  const { kind: found } = await inspectIso(artifact.path, build.signal);
  const kind = build.plan.installer.kind === "auto" ? found : build.plan.installer.kind;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    log(build, "The iso installs itself on a temporary disk.");
    await inSlot(build, () => verifyInstall(build, format, artifact, { files, host, kind }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Trial {
  readonly files: BuildFiles;
  readonly host: PreparedHost;
  readonly kind: InstallerKind;
}

async function verifyInstall(
  build: KeyedBuild,
  format: FormatOf<"iso">,
  artifact: Pick<ConvertedFile, "path">,
  { files, host, kind }: Trial,
): Promise<void> {
  const limit = scaledLimit(build.plan.timeouts.install, host);
  const expected = format.afterInstall === "reboot" ? "reset" : "powered off";
  await stage(build, "verify", limit, ({ signal }) =>
    installFrom({ ...build, signal }, { cds: [artifact.path], expected, kind }, files, host),
  );
  const userData = isoUserData(build.request.userData, format, kind);
  await checkInstalledDisk(build, files, kind, userData);
  const image = {
    is: "base disk",
    path: files.disk,
    driver: "raw",
    hardware: build.recipe,
  } as const;
  await verifyByBooting(build, files, image, host, kind);
}
