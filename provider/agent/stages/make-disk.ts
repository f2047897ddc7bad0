import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { wantedProofs } from "../../plan/proof";
import { installerKinds, type InstallerKind } from "../../schema/names";
import { flush } from "../../system/files/durable";
import { stampOf } from "../../system/files/stamp";
import { warn, type BuildFiles, type KeyedBuild, type KnownInstaller } from "../context";
import { checkInstalledDisk } from "./check-disk";
import { requireDiskSpace } from "./disk-space";
import { fetchInstaller } from "./fetch";
import { inspectInstaller } from "./inspect";
import { install } from "./install";
import { prepareHost, type PreparedHost } from "./prepare-host";
import { skip } from "./stage";
import { verifyByBooting } from "./verify";

/** Installs a disk, checks that it is complete, and boots it once. */
export async function makeDisk(
  build: KeyedBuild,
  known: KnownInstaller,
  files: BuildFiles,
): Promise<void> {
  try {
    const host = await prepareHost(build);
    const kind =
      (await readInstalledMarker(files)) ?? (await installNew(build, known, files, host));
    if (wantedProofs(build.plan).length > 0) {
      const image = {
        is: "base disk",
        path: files.disk,
        driver: "raw",
        hardware: build.recipe,
        installerSha256: known.sha256,
      } as const;
      await verifyByBooting(build, files, image, host, kind);
    } else skip(build, "verify", "switched off by verify.boot");
  } catch (thrown) {
    await discardUnverified(build, files);
    throw thrown;
  }
}

async function installNew(
  build: KeyedBuild,
  known: KnownInstaller,
  files: BuildFiles,
  host: PreparedHost,
): Promise<InstallerKind> {
  const installer = known.file ?? (await fetchInstaller(build, known.sha256));
  const report = await inspectInstaller(build, installer);
  const { kind, configurations } = report;
  for (const { path } of configurations) {
    warn(build, `The installer has a configuration of its own, which is merged too: ${path}`);
  }
  await requireDiskSpace(build, report);
  await install(build, { ...installer, kind }, files, host);
  await checkInstalledDisk(build, files, kind);
  // The install ran without flushes: the marker must not exist before the disk's bytes are durable.
  await flush(files.disk);
  const stamp = (await stampOf(files.disk))?.text;
  await writeFile(markerIn(files), JSON.stringify({ kind, stamp }));
  return kind;
}

/** Marks a disk that is installed and checked, but not booted yet. */
const markerSchema = z.object({
  kind: z.enum(installerKinds),
  /** Stamp of the disk when it was checked: a disk with another one is installed again. */
  stamp: z.string(),
});

function markerIn({ folder }: BuildFiles): string {
  return join(folder, "installed.json");
}

/** The kind of installer of a disk that a killed run left installed and nobody changed; only its verification remains. */
async function readInstalledMarker(files: BuildFiles): Promise<InstallerKind | undefined> {
  try {
    const { kind, stamp } = markerSchema.parse(JSON.parse(await readFile(markerIn(files), "utf8")));
    return (await stampOf(files.disk))?.text === stamp ? kind : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the disk, unless the build was cancelled after its install: then the next one verifies it. */
async function discardUnverified(build: KeyedBuild, files: BuildFiles): Promise<void> {
  if (build.signal.aborted && (await readInstalledMarker(files)) !== undefined) return;
  await rm(markerIn(files), { force: true });
  await rm(files.disk, { force: true });
}
