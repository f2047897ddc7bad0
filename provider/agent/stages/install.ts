import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeSeed } from "../../formats/iso/seed";
import { installArguments } from "../../plan/qemu-arguments";
import { seedFiles } from "../../plan/user-data/seed-files";
import type { InstallerKind } from "../../schema/names";
import { warn, type BuildFiles, type Installer, type KeyedBuild } from "../context";
import { outcomeError } from "../machine/outcome-error";
import { printJournal } from "../machine/print-journal";
import { bootMachine } from "./boot-machine";
import type { PreparedHost } from "./prepare-host";
import { scaledLimit, stage, timedStage } from "./stage";

/** Boots the installer with an empty disk and the seed CD, and waits until it powers the machine off. */
export async function install(
  build: KeyedBuild,
  installer: Pick<Installer, "path" | "sha256"> & { readonly kind: InstallerKind },
  files: BuildFiles,
  host: PreparedHost,
): Promise<void> {
  const seed = join(files.folder, "seed.iso");
  await stage(build, "seed", build.plan.timeouts.fetch, ({ signal }) =>
    makeSeed(seed, seedFiles(build.request.userData), signal),
  );
  try {
    const limitMinutes = scaledLimit(build.plan.timeouts.install, host);
    const { accelerator } = host;
    const conditions = { limitMinutes, installerSha256: installer.sha256, accelerator };
    await timedStage(build, "install", conditions, (limited) =>
      installFrom(
        { ...build, signal: limited.signal },
        { cds: [installer.path, seed], expected: "powered off", kind: installer.kind },
        files,
        host,
      ),
    );
  } finally {
    await rm(seed, { force: true });
  }
}

/** Media that a machine installs from. */
export interface InstallMedia {
  /** The first one is booted. */
  readonly cds: readonly string[];
  /** How the guest must end the install. QEMU does not restart after a reset. */
  readonly expected: "powered off" | "reset";
  readonly kind: InstallerKind;
}

/** Runs the machine with an empty disk until the guest ends the install. */
export async function installFrom(
  build: KeyedBuild,
  media: InstallMedia,
  files: BuildFiles,
  host: PreparedHost,
): Promise<void> {
  await rm(files.disk, { force: true });
  await writeFile(files.disk, "", { mode: 0o600 });
  await truncate(files.disk, build.plan.machine.diskSize);
  const result = await bootMachine(build, files, host, "install", (facts, identity, serialLog) => ({
    arguments: installArguments(build.plan.machine, build.recipe, facts, identity, {
      disk: files.disk,
      cds: media.cds,
      serialLog,
    }),
    askStalled: media.kind === "kairos" ? printJournal : undefined,
    onWritten: (bytes) =>
      build.report({
        type: "progress",
        stage: "install",
        done: bytes,
        unit: "bytes",
        what: "written to the disk",
      }),
  }));
  const { kind } = result.outcome;
  if (kind === "no boot activity" && build.plan.machine.accelerator === "auto") {
    warn(build, "The guest showed no activity under KVM; it is started again under TCG.");
    const slower = await host.fallBackToTcg();
    return installFrom(build, media, files, { ...host, ...slower });
  }
  if (kind !== media.expected) {
    throw outcomeError("install", result, join(files.logs, "install-serial.log"), build.signal);
  }
}
