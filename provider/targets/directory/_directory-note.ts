import type { BigIntStats } from "node:fs";
import { readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { makeFolder, pruneEmptyFolders, unlessMissing, writeDurably } from "./records";
import type { DirectoryPlace } from "./layout";

/** A published file as we left it: ours by its artifact key, untouched while time and inode are the same. */
const noteSchema = z.object({
  artifactKey: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().optional(),
  modified: z.string(),
  inode: z.string(),
});
export type DirectoryNote = z.infer<typeof noteSchema>;

export async function readNote(place: DirectoryPlace): Promise<DirectoryNote | undefined> {
  const text = await readFile(place.note, "utf8").catch(unlessMissing);
  if (text === undefined) return undefined;
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    // A damaged note only costs the fast path: the file itself is then hashed.
    return undefined;
  }
}

export async function writeNote(
  place: DirectoryPlace,
  stats: BigIntStats,
  artifact: { readonly artifactKey: string; readonly sha256?: string | undefined },
): Promise<void> {
  const note: DirectoryNote = {
    artifactKey: artifact.artifactKey,
    sizeBytes: Number(stats.size),
    sha256: artifact.sha256,
    modified: String(stats.mtimeNs),
    inode: String(stats.ino),
  };
  await makeFolder(dirname(place.note));
  const temporary = `${place.note}.partial`;
  await writeDurably(temporary, `${JSON.stringify(note)}\n`, "w");
  await rename(temporary, place.note);
}

export async function removeNote(place: DirectoryPlace): Promise<void> {
  await unlink(place.note).catch(unlessMissing);
  await pruneEmptyFolders(dirname(place.note), join(place.root, ".stylus-image"));
}
