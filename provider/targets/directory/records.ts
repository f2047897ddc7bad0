import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rmdir, unlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { throwIfCancelled } from "../../base/cancellation";
import { fileError, isMissing, systemCode } from "../../system/files/errors";
import type { RecordStore } from "../record-store";

/** Tries against programs that prune the same folder; far more than there are such programs. */
const mostAttempts = 100;

/** Records in a local folder; also the local cache's own store. `path` is absolute. */
export function directoryRecords(path: string, id: string): RecordStore {
  return {
    id,
    async read(name, signal) {
      try {
        return await readFile(join(path, name), { encoding: "utf8", signal });
      } catch (thrown) {
        if (isMissing(thrown)) return undefined;
        throw fileError(thrown, `read the record ${join(path, name)}`, signal);
      }
    },
    async create(name, text, signal) {
      try {
        return await createExclusively(join(path, name), text, signal);
      } catch (thrown) {
        throw fileError(thrown, `write the record ${join(path, name)}`, signal);
      }
    },
    async list(prefix, signal, atMost) {
      try {
        const folder = join(path, prefix.slice(0, prefix.lastIndexOf("/") + 1));
        return (await filesBelow(folder, signal))
          .map((file) => relative(path, file).split(sep).join("/"))
          .filter((name) => name.startsWith(prefix))
          .slice(0, atMost);
      } catch (thrown) {
        throw fileError(thrown, `list the records in ${join(path, prefix)}`, signal);
      }
    },
    async remove(name, signal) {
      throwIfCancelled(signal);
      try {
        await unlink(join(path, name)).catch(unlessMissing);
        await pruneEmptyFolders(dirname(join(path, name)), path);
      } catch (thrown) {
        throw fileError(thrown, `remove the record ${join(path, name)}`, signal);
      }
    },
  };
}

/** Creates a file with its whole content at once, or leaves the one that is there. */
export async function createExclusively(
  path: string,
  text: string,
  signal: AbortSignal,
): Promise<"created" | "exists"> {
  for (let attempt = 1; ; attempt += 1) {
    throwIfCancelled(signal);
    const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.partial`);
    try {
      await makeFolder(dirname(path));
      await writeDurably(temporary, text, "wx");
      const outcome = await linkOrWrite(temporary, path, text);
      await syncFolder(dirname(path));
      return outcome;
    } catch (thrown) {
      // Another program pruned the empty folder between our two steps.
      if (systemCode(thrown) !== "ENOENT" || attempt === mostAttempts) throw thrown;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }
}

/**
 * Like mkdir -p. Node's own recursive mkdir reports a read-only file system as ENOENT, and never ends
 * below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  const taken = (thrown: unknown): undefined => {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
  };
  try {
    await mkdir(path).catch(taken);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT" || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path));
    await mkdir(path).catch(taken);
  }
}

async function linkOrWrite(
  temporary: string,
  path: string,
  text: string,
): Promise<"created" | "exists"> {
  try {
    await link(temporary, path).catch((thrown: unknown) => {
      if (!lacksHardLinks(thrown)) throw thrown;
      // vfat and some network file systems: still exclusive, but a reader may see a moment's half.
      return writeDurably(path, text, "wx");
    });
    return "created";
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return "exists";
    throw thrown;
  }
}

/** Whether link(2) failed because this file system has no hard links. */
export function lacksHardLinks(thrown: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCode(thrown) ?? "");
}

export async function writeDurably(path: string, text: string, flags: "w" | "wx"): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a name durable: fsync of a file alone does not keep its entry in the folder. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(unlessMissing);
  try {
    // Some network file systems refuse fsync of a folder; then there is nothing more to do.
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

async function filesBelow(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  throwIfCancelled(signal);
  const entries = (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? [];
  const files: string[] = [];
  for (const entry of entries) {
    // A name with a dot in front is somebody's unfinished file.
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path, signal)));
    else files.push(path);
  }
  return files;
}

/** Removes the folder and its parents up to `root`, as far as they are empty. */
export async function pruneEmptyFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      await rmdir(current);
    } catch (thrown) {
      if (!isMissing(thrown)) return;
    }
  }
}

export function unlessMissing(thrown: unknown): undefined {
  if (isMissing(thrown)) return undefined;
  throw thrown;
}
