import { mkdir, open, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SeedFiles } from "../../plan/user-data/seed-files";
import { readIsoBoot } from "../../system/iso/boot";
import { listIsoFiles } from "../../system/iso/tree";
import { StylusError } from "../../base/errors";
import { run } from "../../system/process/run";
import type { ConvertContext, Converted } from "../format";
import { compareFiles } from "./compare";
import { tryAgainWithoutDisk, writeError } from "../write-error";

const volumeLabel = "cidata";

/**
 * Time of every file of a seed (2001-01-01), in seconds since 1970, so that the same content gives
 * the same bytes.
 */
const date = 978_307_200;

/** Writes an ISO labelled `cidata` with these files, readable only by its owner. */
export async function makeSeed(path: string, files: SeedFiles, signal: AbortSignal): Promise<void> {
  const folder = `${path}.files`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    for (const [name, text] of Object.entries<string>({ ...files })) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      await utimes(join(folder, name), date, date);
    }
    await utimes(folder, date, date);
    // Create the file first: xorriso keeps the mode of an existing file.
    await writeFile(path, "", { mode: 0o600 });
    await run("xorriso", seedArguments(path, folder), {
      signal,
      env: { SOURCE_DATE_EPOCH: String(date) },
      code: "internal",
      next: "Run `stylus-image doctor`.",
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function seedArguments(path: string, folder: string): string[] {
  return [
    // -no_rc: ignore the user's own start-up files.
    ...["-no_rc", "-as", "mkisofs", "-quiet", "-volid", volumeLabel],
    ...["-joliet", "-rational-rock", "-o", path, folder],
  ];
}

/** Writes a seed as an artifact and reads it back. */
export async function convertToSeed(
  files: SeedFiles,
  { output, signal, onProgress }: ConvertContext,
): Promise<Converted> {
  try {
    await makeSeed(output, files, signal);
    const sha256 = await readBack(output, files, { signal, onProgress });
    return { path: output, sha256 };
  } catch (thrown) {
    throw writeError(thrown, output, signal, tryAgainWithoutDisk);
  }
}

/** Reads a seed back and returns its SHA-256. */
async function readBack(
  output: string,
  files: SeedFiles,
  { signal, onProgress }: Pick<ConvertContext, "signal" | "onProgress">,
): Promise<string> {
  const listed = await listIsoFiles(output, signal);
  const contents = Object.entries(files).map(([name, text]) => {
    const path = `/${name}`;
    const found = listed.find((file) => file.path === path);
    if (found === undefined) throw damaged(`${path} is missing`);
    return { ...found, bytes: Buffer.from(text) };
  });
  await requireLabel(output);
  return compareFiles(output, contents, {
    signal,
    onProgress: (share) => onProgress(100 * share),
    onDifference: damaged,
  });
}

async function requireLabel(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    const label = (await readIsoBoot(handle))?.volumeLabel;
    if (label !== volumeLabel) throw damaged(`its label is "${label ?? ""}", not "${volumeLabel}"`);
  } finally {
    await handle.close();
  }
}

function damaged(how: string): StylusError {
  return new StylusError("convert.failed", {
    what: `The seed was read back and is damaged: ${how}.`,
    next: "Check the build host's disk and xorriso's version (`stylus-image doctor`), then run the command again.",
  });
}
