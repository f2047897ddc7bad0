import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { describeThrown } from "../base/errors";
import { proofSchema } from "../plan/proof";
import { replaceFile } from "./files/replace-file";
import { stampOf } from "./files/stamp";
import type { Workspace } from "./workspace";

const factsSchema = z.object({
  contentDigest: z.string(),
  virtualSizeBytes: z.number(),
  /** Stamp of the disk when it had this content digest. Absent if an earlier version wrote the file. */
  stamp: z.string().optional(),
  /** The proofs of the disk. Absent if an earlier version wrote the file. */
  proofs: z.array(proofSchema).optional(),
});
type DiskFacts = z.infer<typeof factsSchema>;

/** An installed disk in the cache. */
export interface BaseDisk extends DiskFacts {
  readonly path: string;
}

type CachedDisk =
  | { readonly state: "absent" }
  /** The file is not what `disk.json` describes. */
  | { readonly state: "damaged"; readonly why: string }
  /** A file of the right size. If its stamp is not the described one, its content may differ. */
  | { readonly state: "present"; readonly disk: BaseDisk; readonly isStamped: boolean };

/** Looks at the base disk of an install key in the cache, without reading its content. */
export async function findCachedDisk(
  workspace: Workspace,
  installKey: string,
): Promise<CachedDisk> {
  const facts = await readFacts(workspace, installKey);
  if (facts === undefined) return { state: "absent" };
  const path = diskPath(workspace, installKey);
  try {
    const stamp = await stampOf(path);
    if (stamp?.size === facts.virtualSizeBytes) {
      const isStamped = stamp.text === facts.stamp;
      return { state: "present", disk: { path, ...facts }, isStamped };
    }
    const why =
      stamp === undefined
        ? "it is not a regular file"
        : `it has ${stamp.size} bytes, expected ${facts.virtualSizeBytes}`;
    return { state: "damaged", why };
  } catch (thrown) {
    return { state: "damaged", why: describeThrown(thrown) };
  }
}

export function diskPath(workspace: Workspace, installKey: string): string {
  return join(workspace.disk(installKey), "disk.raw");
}

/** Writes the description of a disk in the cache. A disk without it counts as incomplete, so it is written last. */
export async function describeCachedDisk(
  workspace: Workspace,
  installKey: string,
  disk: BaseDisk,
): Promise<void> {
  await replaceFile(factsPath(workspace, installKey), JSON.stringify({ ...disk, path: undefined }));
}

async function readFacts(workspace: Workspace, installKey: string): Promise<DiskFacts | undefined> {
  try {
    return factsSchema.parse(JSON.parse(await readFile(factsPath(workspace, installKey), "utf8")));
  } catch {
    return undefined;
  }
}

const factsPath = (workspace: Workspace, installKey: string): string =>
  join(workspace.disk(installKey), "disk.json");
