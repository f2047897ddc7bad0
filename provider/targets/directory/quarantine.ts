import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { unlessMissing } from "./durable-files";
import type { FilePaths } from "./layout";

/**
 * Renames a published file that was modified since. It may be damaged, or the disk of a virtual machine that somebody
 * started from it, so it is never deleted.
 */
export async function quarantine({ path }: FilePaths): Promise<void> {
  for (let count = 1; ; count += 1) {
    const quarantined = `${path}.altered-${count}`;
    if ((await lstat(quarantined).catch(unlessMissing)) !== undefined) continue;
    await rename(path, quarantined);
    return;
  }
}

/** Paths of the file's quarantined copies, and of the file itself where it still exists after its removal. */
export async function modifiedFiles({ folder, file }: FilePaths): Promise<string[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? [];
  const isOfFile = (name: string): boolean =>
    name === file || (name.startsWith(file) && /^\.altered-\d+$/.test(name.slice(file.length)));
  return names
    .filter(isOfFile)
    .sort()
    .map((name) => join(folder, name));
}
