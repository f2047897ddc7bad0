import { constants } from "node:fs";
import { access, lstat, mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StylusError } from "../../base/errors";
import { formatSize } from "../../base/size";
import { fileError, isMissing, systemCode } from "../../system/files/errors";
import { freeDiskSpace } from "../../system/host/capacity";
import { runChecks, type AccessFindings, type PublishNeeds } from "../access";
import { unlessMissing } from "./durable-files";

/** Always the same name, so that the next check removes the empty folder that a killed one left. */
const probeName = ".stylus-image-check";

/** Whether the folder, or its nearest parent that exists, can be written and has room. */
export async function checkDirectory(
  root: string,
  needs: PublishNeeds,
  signal: AbortSignal,
): Promise<AccessFindings> {
  return runChecks(signal, async () => {
    const folder = await nearestFolder(root, root);
    await checkWritable(folder);
    const own = join(root, ".stylus-image");
    if (folder === root && (await stat(own).catch(unlessMissing)) !== undefined) {
      await checkWritable(own);
    }
    await checkRoom(folder, needs);
    return undefined;
  });
}

async function nearestFolder(path: string, root: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return path;
    throw new StylusError("publish.failed", {
      what: `Cannot publish to ${root}: ${path} is not a folder.`,
      next: "Correct the target's `path`, or move that file elsewhere.",
    });
  } catch (thrown) {
    if (!isMissing(thrown)) throw fileError(thrown, `publish to ${root}`);
  }
  // The parent of a path whose target is missing exists.
  if ((await lstat(path).catch(() => undefined)) === undefined) {
    return nearestFolder(dirname(path), root);
  }
  throw new StylusError("publish.not-found", {
    what: `Cannot publish to ${root}: ${path} is a symbolic link to a folder that does not exist.`,
    why: "The folder was removed, or its file system is not mounted.",
    next: "Create the folder or mount the file system, or correct the target's `path`.",
  });
}

async function checkWritable(folder: string): Promise<void> {
  const probe = join(folder, probeName);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    // Root may pass `access` where no file can be created, for example in /proc.
    await mkdir(probe).catch((thrown: unknown) => {
      if (systemCode(thrown) !== "EEXIST") throw thrown;
    });
    await rmdir(probe).catch(unlessMissing);
  } catch (thrown) {
    throw fileError(thrown, `write to ${folder}`);
  }
}

async function checkRoom(folder: string, { formats, leastBytes }: PublishNeeds): Promise<void> {
  const needed = leastBytes * formats.length;
  const free = await freeDiskSpace(folder);
  if (free >= needed) return;
  throw new StylusError("host.disk-full", {
    what: `${folder} has ${formatSize(free)} free, and the artifacts need at least ${formatSize(needed)}.`,
    next: "Free disk space there, or publish to another folder; nothing was published.",
  });
}
