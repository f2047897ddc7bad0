import { randomBytes } from "node:crypto";
import { link, mkdir, open, rmdir, unlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { throwIfCancelled } from "../../base/cancellation";
import { isMissing, systemCode } from "../../system/files/errors";

/** Attempts to create a file while other programs remove its empty folder. Far more than there are such programs. */
const maxAttempts = 100;

/** Creates a file with its complete content, atomically, or keeps the existing file. */
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
      // Another program removed the empty folder between makeFolder and writeDurably.
      if (systemCode(thrown) !== "ENOENT" || attempt === maxAttempts) throw thrown;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }
}

/**
 * Creates a folder and its parents. Node's recursive mkdir reports a read-only file system as ENOENT and loops for ever
 * below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  const unlessExists = (thrown: unknown): undefined => {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
  };
  try {
    await mkdir(path).catch(unlessExists);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT" || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path));
    await mkdir(path).catch(unlessExists);
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
      // vfat and some network file systems: still exclusive, but a reader may briefly see a part of the text.
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

/** Makes the names in a folder durable: fsync of a file does not store its directory entry. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(unlessMissing);
  try {
    // Some network file systems do not support fsync of a folder.
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

/** Removes the folder and its parents below `root`, up to the first that is not empty. */
export async function pruneEmptyFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      await rmdir(current);
    } catch (thrown) {
      if (!isMissing(thrown)) return;
    }
  }
}

/** For `catch`: turns "no such file" into undefined, and throws any other error again. */
export function unlessMissing(thrown: unknown): undefined {
  if (isMissing(thrown)) return undefined;
  throw thrown;
}
