import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeError } from "../../formats/write-error";
import { configurationFile, oemLabel } from "../../plan/installed-system";
import { readExtFile } from "../../system/disk/ext";
import { findFileSystem } from "../../system/disk/partitions";
import { copyPartition, writeToOverlay } from "../../system/disk/partition-copy";
import { replaceExtFile } from "../../system/disk/replace-file";
import { warn, type KeyedBuild } from "../context";
import { addReports, type ConfigurationReports } from "./configuration-reports";

/** The disk that is verified, and its overlay that is booted. */
interface Disks {
  readonly disk: string;
  readonly overlay: string;
  /** Makes the overlay again, without changes. */
  readonly newOverlay: () => Promise<void>;
}

/**
 * Lets the image's own configuration report in the verification boot: in the overlay it has more steps, on the disk it
 * stays as it is. Undefined, with a warning, if that cannot be done: the boot shows the rest without it.
 */
export async function letConfigurationReport(
  build: KeyedBuild,
  folder: string,
  disks: Disks,
  nonce: string,
): Promise<ConfigurationReports | undefined> {
  try {
    const reports = await changeConfiguration(build, folder, disks, nonce);
    if (reports === undefined) warnOfBoot(build, "no step could be added to it");
    return reports;
  } catch (thrown) {
    const error = writeError(thrown, folder, build.signal);
    if (error.code === "host.disk-full") throw error;
    warnOfBoot(build, `it could not be changed in a copy of the disk. ${error.details.what}`);
  }
  // Half of a change may be in it.
  await rm(disks.overlay, { force: true });
  await disks.newOverlay();
  return undefined;
}

function warnOfBoot(build: KeyedBuild, reason: string): void {
  const end = reason.endsWith(".") ? "" : ".";
  warn(
    build,
    `The boot for verification does not show whether the image's own configuration is loaded: ${reason}${end}`,
  );
}

async function changeConfiguration(
  { signal }: KeyedBuild,
  folder: string,
  { disk, overlay }: Disks,
  nonce: string,
): Promise<ConfigurationReports | undefined> {
  const oem = await findFileSystem(disk, oemLabel, signal);
  if (oem === undefined) return undefined;
  const text = await readExtFile(disk, oem.start, configurationFile, signal);
  const changed = text === undefined ? undefined : addReports(text, nonce);
  if (changed === undefined) return undefined;
  const copy = join(folder, "oem.img");
  const content = join(folder, "configuration.yaml");
  try {
    await copyPartition(disk, oem, copy, signal);
    await writeFile(content, changed.text, { mode: 0o600 });
    const replacement = { path: content, text: changed.text };
    await replaceExtFile(copy, configurationFile, replacement, signal);
    await writeToOverlay(overlay, oem, { disk, copy }, signal);
    return changed.reports;
  } finally {
    await rm(copy, { force: true });
    await rm(content, { force: true });
  }
}
