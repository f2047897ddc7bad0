import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { asStylusError } from "../../base/errors";
import { GiB, formatSize } from "../../base/size";
import { sizeFor, type readHostCapacity } from "../../system/host/capacity";

type Capacity = Awaited<ReturnType<typeof readHostCapacity>>;

/** An installer, a base disk and a converted artifact hardly fit into less. */
const minimumFreeBytes = 4 * GiB;

/** The message of a failed check: the problem, and the next step. */
interface FailedCheck {
  readonly what: string;
  readonly next: string;
}

export async function failureOf(check: () => unknown): Promise<FailedCheck | undefined> {
  try {
    await check();
    return undefined;
  } catch (thrown) {
    return asStylusError(thrown).details;
  }
}

export async function memoryProblems(capacity: Capacity): Promise<string[]> {
  const failure = await failureOf(() => sizeFor({}, capacity));
  return failure === undefined ? [] : [failure.what];
}

export async function cacheProblems(directory: string, freeBytes: number): Promise<string[]> {
  return [
    ...(freeBytes >= minimumFreeBytes
      ? []
      : [`Only ${formatSize(freeBytes)} are free for the cache ${directory}.`]),
    ...((await isWritable(directory))
      ? []
      : [`This user may not write to the cache ${directory}; set XDG_CACHE_HOME.`]),
  ];
}

/** A folder that does not exist yet is writable if its nearest existing parent is. */
async function isWritable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await access(path, constants.F_OK);
    } catch {
      if (path !== "/") continue;
    }
    return access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  }
}
