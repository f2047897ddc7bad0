import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PublishNeeds } from "../../../provider/targets/access";
import { MiB } from "../../support/artifacts";

/** One small disk is about to be published. */
export const needs: PublishNeeds = { formats: ["qcow2"], leastBytes: 2 * MiB, diskBytes: 8 * MiB };

/** Names and hashes of all files and folders below a folder, hidden ones included. */
export async function listingOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) return `${path}/`;
    return `${path} ${createHash("sha256")
      .update(await readFile(path))
      .digest("hex")}`;
  });
  return (await Promise.all(lines)).sort().join("\n");
}
