import { toolError } from "../process/run";
import { startChild } from "../process/child";

/** A child that holds a lock, or waits for it. */
export interface LockHolder {
  readonly path: string;
  /** True once it has the lock; false when it is taken and was only tried. Fails when the tool fails. */
  readonly locked: Promise<boolean>;
  /** Settles when the child has ended, for whatever reason, and the lock is free again. */
  readonly ended: Promise<unknown>;
  /** Gives up the lock, or the wait for it. */
  release(): Promise<void>;
}

const taken = 75;
/** Says that the lock is there, and keeps it until standard input ends. */
const hold = "echo locked && exec cat >/dev/null";

/**
 * Node has no flock(2): a child holds the lock. With `--no-fork` it is one process, from flock by way
 * of the shell to cat, so that the end of this process (which ends its standard input and, by
 * setpriv, the child itself) frees the lock in any case.
 */
export function startLockHolder(path: string, how: "try" | "wait"): LockHolder {
  let say = () => {};
  const said = new Promise<"locked">((resolve) => (say = () => resolve("locked")));
  const patience = how === "try" ? ["--nonblock", "--conflict-exit-code", String(taken)] : [];
  const args = ["--exclusive", "--no-fork", ...patience, path, "/bin/sh", "-c", hold];
  const child = startChild("flock", args, {
    // An abort must not free the lock under work that is still clearing up: only release does.
    signal: new AbortController().signal,
    input: "pipe",
    onStdout: () => say(),
  });
  const locked = Promise.race([said, child.ended]).then((result) => {
    if (result === "locked") return true;
    if (how === "try" && result.exitCode === taken) return false;
    throw toolError("flock", result, {
      code: "internal",
      next: `Check that this user may create and lock the file ${path}.`,
    });
  });
  // Who releases without having waited does not ask how the waiting ended.
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
