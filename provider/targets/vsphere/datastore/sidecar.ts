import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Publication } from "../../../schema/state";
import type { LocalArtifact } from "../../local-artifact";
import { isFault } from "../client/server-fault";
import { type DiskFacts, diskFactsSchema, lookAtDisk } from "./disks";
import { moveFile, removeFile } from "./file-tasks";
import { type Storage, readText, sizeOf, writeText } from "./files";

/** A small file beside each published one: a datastore keeps no metadata that would say whose a file is. */
const noteSchema = z.object({
  artifactKey: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  /** Of a VMDK, which the server made into a disk of its own. */
  disk: diskFactsSchema.optional(),
});
type Note = z.infer<typeof noteSchema>;

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
async function readNote(storage: Storage, path: string): Promise<Note | undefined> {
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

export type Verdict =
  | { readonly state: "missing" }
  | { readonly state: "same" }
  | { readonly state: "different"; readonly why: string };

type Wanted = Pick<Publication, "format" | "artifactKey" | "sizeBytes" | "sha256">;

/** Whether what lies under that path is this very artifact. */
export async function examine(storage: Storage, path: string, wanted: Wanted): Promise<Verdict> {
  const size = await sizeOf(storage, path);
  if (size === undefined) return { state: "missing" };
  const note = await readNote(storage, path);
  const different = (why: string): Verdict => ({ state: "different", why });
  if (note !== undefined && note.artifactKey !== wanted.artifactKey) {
    return different("It is another artifact: its artifact key is a different one.");
  }
  if (note !== undefined && wanted.sha256 !== undefined && note.sha256 !== wanted.sha256) {
    return different(`It was made from a file with the SHA-256 ${note.sha256}.`);
  }
  if (wanted.format === "vmdk") {
    if (note?.disk === undefined) {
      return different("It was made by something else: there is no note of ours beside it.");
    }
    const found = await lookAtDisk(storage, path);
    return isDeepStrictEqual(found, note.disk)
      ? { state: "same" }
      : different("It was written to, attached to a virtual machine or replaced since.");
  }
  if (size !== wanted.sizeBytes) {
    return different(`It has ${size} bytes, expected ${wanted.sizeBytes}.`);
  }
  // Without a note its name, which holds the artifact key, and its size say enough.
  return { state: "same" };
}
