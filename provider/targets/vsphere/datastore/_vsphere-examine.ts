import type { Publication } from "../../../schema/state";
import { isDeepStrictEqual } from "node:util";
import { lookAtDisk } from "./disks";
import { sizeOf, type Storage } from "./files";
import { readNote } from "./sidecar";

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
