import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { LocalArtifact } from "../../target";
import { isFault } from "../client/server-fault";
import { diskFactsSchema, type DiskFacts } from "./disks";
import { moveFile, removeFile } from "./file-tasks";
import { readText, writeText, type Storage } from "./files";

/** A small file beside each published one: a datastore keeps no metadata that would say whose a file is. */
const noteSchema = z.object({
  artifactKey: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  /** Of a VMDK, which the server made into a disk of its own. */
  disk: diskFactsSchema.optional(),
});
export type Note = z.infer<typeof noteSchema>;

export function noteOf(
  { artifactKey, sizeBytes }: LocalArtifact,
  sha256: string,
  disk: DiskFacts | undefined,
): Note {
  return { artifactKey, sha256, sizeBytes, disk };
}

/** Creates the note unless one is there; atomic against other programs, as renaming without force is. */
export async function createNote(storage: Storage, path: string, note: Note): Promise<boolean> {
  const partial = notePath(`${path}-${randomBytes(6).toString("hex")}`);
  try {
    await writeText(storage, partial, `${JSON.stringify(note)}\n`);
    await moveFile(storage, partial, notePath(path));
    return true;
  } catch (thrown) {
    await removeFile(storage, partial).catch(() => undefined);
    if (isFault(thrown, "FileAlreadyExists")) return false;
    throw thrown;
  }
}

/** The note on a file; one that cannot be read counts as none. */
export async function readNote(storage: Storage, path: string): Promise<Note | undefined> {
  const text = await readText(storage, notePath(path));
  if (text === undefined) return undefined;
  try {
    return noteSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export async function removeNote(storage: Storage, path: string): Promise<void> {
  await removeFile(storage, notePath(path));
}

function notePath(path: string): string {
  return `${path}.stylus-image.json`;
}
