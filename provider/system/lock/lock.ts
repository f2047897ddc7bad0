import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StylusError } from "../../base/errors";
import { startLockHolder, type LockHolder } from "./holder";
import { cancelled, throwIfCancelled } from "../../base/cancellation";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once if another process holds the lock, before waiting for it. */
  readonly onWait?: (() => void) | undefined;
}

/** Work under the lock. Its signal is also aborted if the lock is lost because its holder was killed. */
type Locked<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs `work` while no other process of this host has the lock of that file. The kernel releases the lock of a killed
 * process, so a stale file never blocks. The file is not removed: otherwise two processes could lock two files of one
 * name.
 */
export async function withLock<T>(path: string, options: LockOptions, work: Locked<T>): Promise<T> {
  return withOneOf([path], options, work);
}

/** Runs `work` in one of `count` slots, which all processes with the same folder share. */
export async function withSlot<T>(
  folder: string,
  count: number,
  options: LockOptions,
  work: Locked<T>,
): Promise<T> {
  const paths = Array.from({ length: count }, (_, index) => join(folder, `slot-${index}.lock`));
  return withOneOf(paths, options, work);
}

async function withOneOf<T>(
  paths: readonly string[],
  options: LockOptions,
  work: Locked<T>,
): Promise<T> {
  throwIfCancelled(options.signal);
  for (const path of paths) await mkdir(dirname(path), { recursive: true });
  const holder = (await takeFree(paths)) ?? (await awaitFirst(paths, options));
  const lost = new AbortController();
  let working = true;
  void holder.ended.then(() => working && lost.abort(lockLost(holder.path)));
  try {
    throwIfCancelled(options.signal);
    return await work(AbortSignal.any([options.signal, lost.signal]));
  } finally {
    working = false;
    await holder.release();
  }
}

async function takeFree(paths: readonly string[]): Promise<LockHolder | undefined> {
  for (const path of paths) {
    const holder = startLockHolder(path, "try");
    if (await holder.locked) return holder;
  }
  return undefined;
}

/** Waits for all locks at once and keeps the first; releases the others. */
async function awaitFirst(
  paths: readonly string[],
  { signal, onWait }: LockOptions,
): Promise<LockHolder> {
  onWait?.();
  throwIfCancelled(signal);
  const holders = paths.map((path) => startLockHolder(path, "wait"));
  const releaseOthers = (kept?: LockHolder) =>
    Promise.all(holders.filter((holder) => holder !== kept).map((holder) => holder.release()));
  const cancel = () => void releaseOthers();
  signal.addEventListener("abort", cancel);
  try {
    const first = await Promise.race(holders.map((holder) => holder.locked.then(() => holder)));
    throwIfCancelled(signal);
    await releaseOthers(first);
    return first;
  } catch (error) {
    await releaseOthers();
    throw signal.aborted ? cancelled(signal) : error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function lockLost(path: string): StylusError {
  return new StylusError("internal", {
    what: `The lock ${path} was lost during the work.`,
    why: "The process that held it was killed.",
    next: "Run this again; look in the kernel log for processes that were killed for lack of memory.",
  });
}
