import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationFile, oemLabel } from "../../plan/installed-system";
import { readExtFile } from "../../system/disk/ext";
import { findFileSystem } from "../../system/disk/partitions";
import { copyPartition, writeToOverlay } from "../../system/disk/partition-copy";
import { replaceExtFile } from "../../system/disk/replace-file";
import { warn, type KeyedBuild } from "../context";
import { addReports, type ConfigurationReports } from "./configuration-reports";

/**
 * Lets the image's own configuration report in the verification boot: in the overlay it has more steps, on the disk it
 * stays as it is. Undefined, with a warning, if there is no way to do that.
 */
export async function letConfigurationReport(
  build: KeyedBuild,
  folder: string,
  { disk, overlay }: { readonly disk: string; readonly overlay: string },
  nonce: string,
): Promise<ConfigurationReports | undefined> {
  const { signal } = build;
  const oem = await findFileSystem(disk, oemLabel, signal);
  const text =
    oem === undefined ? undefined : await readExtFile(disk, oem.start, configurationFile, signal);
  const changed = text === undefined ? undefined : addReports(text, nonce);
  if (oem === undefined || changed === undefined) {
    warn(
      build,
      "The boot for verification does not show whether the image's own configuration is loaded: no step could be added to it.",
    );
    return undefined;
  }
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
