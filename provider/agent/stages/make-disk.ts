import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { installerKinds } from "../../schema/names";
import {
  skip,
  warn,
  type BuildFiles,
  type Installer,
  type KeyedBuild,
  type KnownInstaller,
} from "../context";
import { fetchInstaller } from "./fetch";
import { inspectInstaller } from "./inspect";
import { install } from "./install";
import { checkInstalledDisk } from "./check-disk";
import { flush } from "../../system/files/durable";
import { prepareHost } from "./prepare-host";
import { requireDiskSpace } from "./disk-space";
import { verifyByBooting } from "./verify";

/** What an install left, before it is verified. */
const installedSchema = z.object({ kind: z.enum(installerKinds) });
type Kind = z.infer<typeof installedSchema>["kind"];

type Host = Awaited<ReturnType<typeof prepareHost>>;

/** Leaves a disk that the installer installed, that is complete, and that came up when it was booted. */
export async function makeDisk(
  build: KeyedBuild,
  known: KnownInstaller,
  files: BuildFiles,
): Promise<void> {
  try {
    const host = await prepareHost(build);
    const kind =
      (await readInstalledMarker(files)) ?? (await installNew(build, known, files, host));
    if (build.plan.verify.boot) {
      const image = {
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
  host: Host,
): Promise<Kind> {
  const installer: Installer = known.file ?? (await fetchInstaller(build, known.sha256));
  const report = await inspectInstaller(build, installer);
  const { kind, configurations } = report;
  for (const { path } of configurations) {
    warn(build, `The installer carries a configuration of its own, which merges too: ${path}`);
  }
  await requireDiskSpace(build, report);
  await install(build, installer, files, host);
  await checkInstalledDisk(build, files, kind);
  // The install ran without flushes: what a power failure could still take must not count as installed.
  await flush(files.disk);
  await writeFile(join(files.folder, "installed.json"), JSON.stringify({ kind }));
  return kind;
}

/** A run that was killed after the install left its disk: it only has to be verified. */
async function readInstalledMarker(files: BuildFiles): Promise<Kind | undefined> {
  try {
    const text = await readFile(join(files.folder, "installed.json"), "utf8");
    return installedSchema.parse(JSON.parse(text)).kind;
  } catch {
    return undefined;
  }
}

/** A cancelled build goes on from a disk that is complete; from one that is not, or did not pass, none may. */
async function discardUnverified(build: KeyedBuild, files: BuildFiles): Promise<void> {
  if (build.signal.aborted && (await readInstalledMarker(files)) !== undefined) return;
  await rm(join(files.folder, "installed.json"), { force: true });
  await rm(files.disk, { force: true });
}
