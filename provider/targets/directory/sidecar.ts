import type { BigIntStats } from "node:fs";
import { readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { makeFolder, pruneEmptyFolders, unlessMissing, writeDurably } from "./durable-files";
import type { FilePaths } from "./layout";

/** Describes a file as it was published: the artifact, and the time and inode that change with any modification. */
const sidecarSchema = z.object({
  artifactKey: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().optional(),
  modified: z.string(),
  inode: z.string(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

export async function readSidecar(paths: FilePaths): Promise<Sidecar | undefined> {
  const text = await readFile(paths.sidecar, "utf8").catch(unlessMissing);
  if (text === undefined) return undefined;
  try {
    return sidecarSchema.parse(JSON.parse(text));
  } catch {
    // Without a valid sidecar the file is hashed.
    return undefined;
  }
}

export async function writeSidecar(
  paths: FilePaths,
  stats: BigIntStats,
  artifact: { readonly artifactKey: string; readonly sha256?: string | undefined },
): Promise<void> {
  const sidecar: Sidecar = {
    artifactKey: artifact.artifactKey,
    sizeBytes: Number(stats.size),
    sha256: artifact.sha256,
    modified: String(stats.mtimeNs),
    inode: String(stats.ino),
  };
  await makeFolder(dirname(paths.sidecar));
  const temporary = `${paths.sidecar}.partial`;
  await writeDurably(temporary, `${JSON.stringify(sidecar)}\n`, "w");
  await rename(temporary, paths.sidecar);
}

export async function removeSidecar(paths: FilePaths): Promise<void> {
  await unlink(paths.sidecar).catch(unlessMissing);
  await pruneEmptyFolders(dirname(paths.sidecar), join(paths.root, ".stylus-image"));
}
