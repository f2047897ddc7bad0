import type { BigIntStats } from "node:fs";
import { lstat, readFile, readdir, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { FilePaths } from "./layout";
import { makeFolder, pruneEmptyFolders, syncFolder, unlessMissing, writeDurably } from "./records";

const fileName = "SHA256SUMS";

/** The list with the file's line set, or without one. What others wrote into it stays. */
export function withChecksum(text: string, file: string, sha256: string | undefined): string {
  const others = text.split("\n").filter((line) => line !== "" && nameInLine(line) !== file);
  const lines = sha256 === undefined ? others : [...others, `${sha256}  ${file}`];
  return lines.map((line) => `${line}\n`).join("");
}

/** The SHA-256 that the list gives for the file. */
export function checksumIn(text: string, file: string): string | undefined {
  const line = text.split("\n").find((candidate) => nameInLine(candidate) === file);
  return line?.slice(0, 64).toLowerCase();
}

function nameInLine(line: string): string | undefined {
  return /^[0-9a-f]{64} [ *](.+)$/i.exec(line)?.[1];
}

export async function readChecksum(folder: string, file: string): Promise<string | undefined> {
  const text = await readFile(join(folder, fileName), "utf8").catch(unlessMissing);
  return text === undefined ? undefined : checksumIn(text, file);
}

/** Rewrites `SHA256SUMS` of an image folder, which `sha256sum --check` reads. The caller holds the folder's lock. */
export async function writeChecksum(
  folder: string,
  file: string,
  sha256: string | undefined,
): Promise<void> {
  const path = join(folder, fileName);
  const before = (await readFile(path, "utf8").catch(unlessMissing)) ?? "";
  const after = withChecksum(before, file, sha256);
  if (after === before) return;
  if (after === "") {
    await unlink(path);
  } else {
    const temporary = join(folder, `.${fileName}.partial`);
    await writeDurably(temporary, after, "w");
    await rename(temporary, path);
  }
  await syncFolder(dirname(path));
}

/** A published file as we left it: ours by its artifact key, untouched while time and inode are the same. */
const sidecarSchema = z.object({
  artifactKey: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().optional(),
  modified: z.string(),
  inode: z.string(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

export async function readSidecar(place: FilePaths): Promise<Sidecar | undefined> {
  const text = await readFile(place.sidecar, "utf8").catch(unlessMissing);
  if (text === undefined) return undefined;
  try {
    return sidecarSchema.parse(JSON.parse(text));
  } catch {
    // A damaged note only costs the fast path: the file itself is then hashed.
    return undefined;
  }
}

export async function writeSidecar(
  place: FilePaths,
  stats: BigIntStats,
  artifact: { readonly artifactKey: string; readonly sha256?: string | undefined },
): Promise<void> {
  const note: Sidecar = {
    artifactKey: artifact.artifactKey,
    sizeBytes: Number(stats.size),
    sha256: artifact.sha256,
    modified: String(stats.mtimeNs),
    inode: String(stats.ino),
  };
  await makeFolder(dirname(place.sidecar));
  const temporary = `${place.sidecar}.partial`;
  await writeDurably(temporary, `${JSON.stringify(note)}\n`, "w");
  await rename(temporary, place.sidecar);
}

export async function removeSidecar(place: FilePaths): Promise<void> {
  await unlink(place.sidecar).catch(unlessMissing);
  await pruneEmptyFolders(dirname(place.sidecar), join(place.root, ".stylus-image"));
}

/**
 * A file of ours that was altered: perhaps damaged, perhaps the disk of a virtual machine that
 * somebody started from it. It is given another name, never deleted.
 */
export async function quarantine(place: FilePaths): Promise<void> {
  for (let count = 1; ; count += 1) {
    const aside = `${place.path}.altered-${count}`;
    if ((await lstat(aside).catch(unlessMissing)) !== undefined) continue;
    await rename(place.path, aside);
    return;
  }
}

/** Files that were set aside, and one that took the name of a publication that was removed: an altered one, or another's. */
export async function modifiedFiles({ folder, file }: FilePaths): Promise<string[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? [];
  const isOfFile = (name: string): boolean =>
    name === file || (name.startsWith(file) && /^\.altered-\d+$/.test(name.slice(file.length)));
  return names.filter(isOfFile).map((name) => join(folder, name));
}
