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

/** Every date in a seed, in seconds since 1970: two seeds with the same content have the same bytes. 2001-01-01. */
const date = 978_307_200;

/** A CD labelled `cidata` with these files, readable by its owner only. */
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
    // Created empty first: xorriso keeps the mode of a file that exists.
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
    // -no_rc: nothing of the user's own start-up files may take part.
    ...["-no_rc", "-as", "mkisofs", "-quiet", "-volid", volumeLabel],
    ...["-joliet", "-rational-rock", "-o", path, folder],
  ];
}

/** A seed that is an artifact, and read back as one. */
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

/** Answers the SHA-256, which the reading gives. */
async function readBack(
  output: string,
  files: SeedFiles,
  { signal, onProgress }: Pick<ConvertContext, "signal" | "onProgress">,
): Promise<string> {
  const there = await listIsoFiles(output, signal);
  const contents = Object.entries(files).map(([name, text]) => {
    const path = `/${name}`;
    const found = there.find((file) => file.path === path);
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
    what: `The seed was read back, and it is not what it should be: ${how}.`,
    next: `Check the build host's disk and xorriso's version (\`stylus-image doctor\`), then run it again.`,
  });
}
