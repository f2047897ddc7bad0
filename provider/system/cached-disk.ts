import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Workspace } from "./workspace";

/** An installed disk in the cache. */
export interface BaseDisk {
  readonly path: string;
  readonly contentDigest: string;
  readonly virtualSizeBytes: number;
}

const diskSchema = z.object({ contentDigest: z.string(), virtualSizeBytes: z.number() });

/** The base disk of an install key in the cache; undefined if it is missing or incomplete. */
export async function readCachedDisk(
  workspace: Workspace,
  installKey: string,
): Promise<BaseDisk | undefined> {
  const folder = workspace.disk(installKey);
  try {
    const facts = diskSchema.parse(JSON.parse(await readFile(join(folder, "disk.json"), "utf8")));
    const path = join(folder, "disk.raw");
    const handle = await open(path, "r");
    const { size } = await handle.stat();
    await handle.close();
    return size === facts.virtualSizeBytes ? { path, ...facts } : undefined;
  } catch {
    return undefined;
  }
}
