import { toolError } from "../process/run";
import { startChild } from "../process/child";

/** A child process that holds a lock, or waits for it. */
export interface LockHolder {
  readonly path: string;
  /** True when it has the lock; false if the lock is taken and `how` is "try". Rejects if the tool fails. */
  readonly locked: Promise<boolean>;
  /** Resolves when the child has ended and the lock is free again. */
  readonly ended: Promise<unknown>;
  /** Releases the lock, or stops waiting for it. */
  release(): Promise<void>;
}

const takenExitCode = 75;
/** Prints that the lock is held, and keeps it until standard input ends. */
const hold = "echo locked && exec cat >/dev/null";

/**
 * Node has no flock(2), so a child process holds the lock. With `--no-fork`, flock, the shell and cat are one process:
 * the end of this process ends its standard input and, by setpriv, the child itself, which frees the lock.
 */
export function startLockHolder(path: string, how: "try" | "wait"): LockHolder {
  const { promise: printed, resolve: onPrinted } = Promise.withResolvers<"locked">();
  const tryOnly =
    how === "try" ? ["--nonblock", "--conflict-exit-code", String(takenExitCode)] : [];
  const args = ["--exclusive", "--no-fork", ...tryOnly, path, "/bin/sh", "-c", hold];
  const child = startChild("flock", args, {
    // Only `release` frees the lock: after an abort, the work may still clean up under it.
    signal: new AbortController().signal,
    input: "pipe",
    onStdout: () => onPrinted("locked"),
  });
  const locked = Promise.race([printed, child.ended]).then((result) => {
    if (result === "locked") return true;
    if (how === "try" && result.exitCode === takenExitCode) return false;
    throw toolError("flock", result, {
      code: "internal",
      next: `Check that this user may create and lock the file ${path}.`,
    });
  });
  // A caller may release without waiting for `locked`; then its rejection is not an unhandled one.
  locked.catch(() => undefined);
  return {
    path,
    locked,
    ended: child.ended,
    release: async () => {
      child.kill();
      await child.ended;
    },
  };
}
