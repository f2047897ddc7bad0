import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryPlace } from "./layout";
import { unlessMissing } from "./records";

/**
 * A file of ours that was altered: perhaps damaged, perhaps the disk of a virtual machine that
 * somebody started from it. It is given another name, never deleted.
 */
export async function setAside(place: DirectoryPlace): Promise<void> {
  for (let count = 1; ; count += 1) {
    const aside = `${place.path}.altered-${count}`;
    if ((await lstat(aside).catch(unlessMissing)) !== undefined) continue;
    await rename(place.path, aside);
    return;
  }
}

/** Files that were set aside, and one that took the name of a publication that was removed: an altered one, or another's. */
export async function changedFiles({ folder, file }: DirectoryPlace): Promise<string[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? [];
  const isOfFile = (name: string): boolean =>
    name === file || (name.startsWith(file) && /^\.altered-\d+$/.test(name.slice(file.length)));
  return names.filter(isOfFile).map((name) => join(folder, name));
}
