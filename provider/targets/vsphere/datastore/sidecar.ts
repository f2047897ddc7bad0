import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Publication } from "../../../schema/state";
import type { LocalArtifact } from "../../local-artifact";
import { isFault } from "../client/server-fault";
import { type DiskFacts, diskFactsSchema, readDiskFacts } from "./disks";
import { moveFile, removeFile } from "./file-tasks";
import { type Storage, readText, sizeOf, writeText } from "./files";

/** The content of the small file beside each published one: a datastore has no metadata for files. */
const sidecarSchema = z.object({
  artifactKey: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  /** Of a VMDK, which the server converted to a disk. */
  disk: diskFactsSchema.optional(),
});
type Sidecar = z.infer<typeof sidecarSchema>;

export function sidecarOf(
  { artifactKey, sizeBytes }: LocalArtifact,
  sha256: string,
  disk: DiskFacts | undefined,
): Sidecar {
  return { artifactKey, sha256, sizeBytes, disk };
}

/** Creates the sidecar unless one exists. It is atomic: a rename without `force` fails if the name is taken. */
export async function createSidecar(
  storage: Storage,
  path: string,
  sidecar: Sidecar,
): Promise<boolean> {
  const partial = sidecarPath(`${path}-${randomBytes(6).toString("hex")}`);
  try {
    await writeText(storage, partial, `${JSON.stringify(sidecar)}\n`);
    await moveFile(storage, partial, sidecarPath(path));
    return true;
  } catch (thrown) {
    await removeFile(storage, partial).catch(() => undefined);
    if (isFault(thrown, "FileAlreadyExists")) return false;
    throw thrown;
  }
}

/** Reads a file's sidecar; undefined if there is none or it is invalid. */
async function readSidecar(storage: Storage, path: string): Promise<Sidecar | undefined> {
  const text = await readText(storage, sidecarPath(path));
  if (text === undefined) return undefined;
  try {
    return sidecarSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export async function removeSidecar(storage: Storage, path: string): Promise<void> {
  await removeFile(storage, sidecarPath(path));
}

function sidecarPath(path: string): string {
  return `${path}.stylus-image.json`;
}

export type Verdict =
  | { readonly state: "missing" }
  | { readonly state: "same" }
  | { readonly state: "different"; readonly why: string };

type Wanted = Pick<Publication, "format" | "artifactKey" | "sizeBytes" | "sha256">;

/** Whether the file at that path is this artifact. */
export async function examine(storage: Storage, path: string, wanted: Wanted): Promise<Verdict> {
  const size = await sizeOf(storage, path);
  if (size === undefined) return { state: "missing" };
  const sidecar = await readSidecar(storage, path);
  const different = (why: string): Verdict => ({ state: "different", why });
  if (sidecar !== undefined && sidecar.artifactKey !== wanted.artifactKey) {
    return different("It is another artifact: its artifact key differs.");
  }
  if (sidecar !== undefined && wanted.sha256 !== undefined && sidecar.sha256 !== wanted.sha256) {
    return different(`It was made from a file with the SHA-256 ${sidecar.sha256}.`);
  }
  if (wanted.format === "vmdk") {
    if (sidecar?.disk === undefined) {
      return different("It was made by another program: it has no sidecar.");
    }
    const found = await readDiskFacts(storage, path);
    return isDeepStrictEqual(found, sidecar.disk)
      ? { state: "same" }
      : different("It was written to, attached to a virtual machine or replaced since.");
  }
  if (size !== wanted.sizeBytes) {
    return different(`It has ${size} bytes, expected ${wanted.sizeBytes}.`);
  }
  // Without a sidecar, the size and the name, which contains the artifact key, are sufficient.
  return { state: "same" };
}
