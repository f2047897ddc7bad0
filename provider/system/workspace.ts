import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Folder of everything that can be made again: `$XDG_CACHE_HOME/stylus-image`, else `~/.cache/stylus-image`. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CACHE_HOME"];
  // The XDG specification says to ignore a relative path.
  const root = base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache");
  return join(root, "stylus-image");
}

export interface Workspace {
  readonly root: string;
  /** Downloaded installers, named by their SHA-256. */
  readonly installers: string;
  /** Kernel locks, one an install key. */
  readonly lock: (name: string) => string;
  /** Slots that limit how many virtual machines run at once. */
  readonly slots: string;
  /** A finished base disk: `disk.raw` and `disk.json`. */
  readonly disk: (installKey: string) => string;
  /** A build that is under way or broke off. */
  readonly build: (installKey: string) => string;
  /** Serial logs and screenshots of the last build. */
  readonly logs: (installKey: string) => string;
}

export function workspaceAt(root: string): Workspace {
  return {
    root,
    installers: join(root, "installers"),
    lock: (name) => join(root, "locks", `${name}.lock`),
    slots: join(root, "locks", "slots"),
    disk: (key) => join(root, "disks", key),
    build: (key) => join(root, "builds", key),
    logs: (key) => join(root, "logs", key),
  };
}
