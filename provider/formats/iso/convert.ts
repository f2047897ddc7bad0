import { open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { configurationLocation, isoUserData, type IsoPiece } from "../../plan/iso/layout";
import { isoArguments, isoEnvironment } from "../../plan/iso/xorriso-arguments";
import { renderUserData } from "../../plan/user-data/write-yaml";
import type { FormatOf } from "../../schema/formats";
import { MiB } from "../../base/size";
import { readIsoBoot } from "../../system/iso/boot";
import { backupTableEnd } from "../../system/iso/partitions";
import { listIsoFiles } from "../../system/iso/tree";
import { run } from "../../system/process/run";
import { findTools } from "../../system/process/tools";
import type { ConvertContext, Converted, InstallerMaterial } from "../format";
import { readBundles, requireNewNames, watchForChanges } from "./bundles";
import { checkIso } from "./check";
import { requireFree } from "../disk-space";
import { tryAgainWithoutDisk, writeError } from "../write-error";

/** Progress in percent when the ISO is written and reading back begins. */
const written = 50;

/**
 * Writes the installer ISO with the image's configuration inside. It installs unattended when it is
 * booted from CD or USB.
 */
export async function convertToIso(
  installer: InstallerMaterial,
  format: FormatOf<"iso">,
  context: ConvertContext,
): Promise<Converted> {
  const { output, signal, onProgress } = context;
  const { rootDirectory } = installer;
  try {
    const bundleFiles = format.contentBundles.map(({ path }) => resolve(rootDirectory, path));
    const sources = await watchForChanges([installer.path, ...bundleFiles]);
    const bundles = await readBundles(format, rootDirectory, signal);
    if (bundles.length > 0) requireNewNames(bundles, await listIsoFiles(installer.path, signal));
    const pieces = bundles.flatMap((bundle) => bundle.pieces);
    await requireFree(dirname(output), "iso", await sizeOf(installer.path, pieces));
    const place = configurationLocation(installer.configurations);
    say(installer, format, place.leftovers);
    const text = renderUserData(isoUserData(installer.userData, format, installer.kind));
    const modified = await modifiedOf(installer.path);
    const file = `${output}.user-data`;
    await writeFile(file, text, { mode: 0o600 });
    try {
      // Create the file first: xorriso keeps the mode of an existing file.
      await writeFile(output, "", { mode: 0o600, flag: "wx" });
      const configuration = { file, place };
      const contents = { installer: resolve(installer.path), output, configuration, pieces };
      await runXorriso({ ...contents, modified }, signal);
    } finally {
      await rm(file, { force: true });
    }
    await cutAfterBackupTable(output);
    onProgress(written);
    const added = [
      { path: place.path, content: Buffer.from(text) },
      ...pieces.map((piece) => ({ path: piece.path, content: piece })),
    ];
    const check = checkIso(output, {
      installer: installer.path,
      added,
      signal,
      onProgress: (share) => onProgress(written + (100 - written) * share),
    });
    // A changed source also explains a failed check.
    const sha256 = await check.finally(sources.requireUnchanged);
    return { path: output, sha256 };
  } catch (thrown) {
    // xorriso leaves an incomplete file when it fails.
    await rm(output, { force: true });
    throw writeError(thrown, output, signal, tryAgainWithoutDisk);
  }
}

/** xorriso decides the position of files on an ISO, so its version decides the bytes. */
export async function isoEncoder(signal: AbortSignal): Promise<string> {
  const { xorriso } = await findTools(["xorriso"], signal);
  return `xorriso ${xorriso.version}`;
}

async function sizeOf(installer: string, pieces: readonly IsoPiece[]): Promise<number> {
  const added = pieces.reduce((sum, { length }) => sum + length, 0);
  return (await stat(installer)).size + added + MiB;
}

function say(
  { warn }: InstallerMaterial,
  { device, afterInstall, eject }: FormatOf<"iso">,
  leftovers: readonly string[],
): void {
  const disk = device === "auto" ? "the largest disk" : device;
  warn(
    `A machine that boots from the ISO wipes ${disk} and installs itself, without asking anybody.`,
  );
  if (afterInstall === "reboot") {
    warn(
      `The machine reboots when it is done. ${eject ? "A CD is ejected first; from a USB stick" : "From the same medium"} it installs again unless its disk comes first in the boot order.`,
    );
  }
  for (const path of leftovers) {
    warn(`The installer carries a further configuration, which merges with this one: ${path}`);
  }
}

async function modifiedOf(installer: string): Promise<string> {
  const handle = await open(installer, "r");
  try {
    const modified = (await readIsoBoot(handle))?.modified ?? "";
    return /^\d{16}$/.test(modified) && !modified.startsWith("0000")
      ? modified
      : "2001010100000000";
  } finally {
    await handle.close();
  }
}

async function runXorriso(
  contents: Parameters<typeof isoArguments>[0],
  signal: AbortSignal,
): Promise<void> {
  await run("xorriso", isoArguments(contents), {
    signal,
    code: "convert.failed",
    next: `Read xorriso's message about ${basename(contents.installer)} below. If the installer was modified in place, its boot records may be lost: use the ISO as its builder wrote it.`,
    cwd: join(contents.output, ".."),
    env: isoEnvironment(contents),
  });
}

/**
 * xorriso pads the file to 64 KiB. Firmware rejects a GPT whose backup is not in the last sector.
 */
async function cutAfterBackupTable(output: string): Promise<void> {
  const end = await backupTableEnd(output);
  if (end !== undefined && end < (await stat(output)).size) await truncate(output, end);
}
