import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The default cache: `$XDG_CACHE_HOME/stylus-image`, else `~/.cache/stylus-image`. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CACHE_HOME"];
  // As the XDG specification says, a relative path is ignored.
  const root = base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache");
  return join(root, "stylus-image");
}

export interface Workspace {
  readonly root: string;
  /** Downloaded installers, named by their SHA-256. */
  readonly installers: string;
  /** Lock files, one for each install key. */
  readonly lock: (name: string) => string;
  /** Slots that limit how many virtual machines run at once. */
  readonly slots: string;
  /** A finished base disk: `disk.raw` and `disk.json`. */
  readonly disk: (installKey: string) => string;
  /** A running or interrupted build. */
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
