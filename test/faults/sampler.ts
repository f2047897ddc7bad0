import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Place } from "./place";
import { processesOf } from "./processes";

export interface Samples {
  /** Command lines and environments of every process that was seen. */
  readonly processes: ReadonlySet<string>;
  /** Files of the cache that another user could have read. */
  readonly openFiles: ReadonlySet<string>;
}

export interface Sampler {
  stop(): Promise<Samples>;
}

/** Samples the processes and files of a build until it is stopped. */
export function startSampling(place: Place): Sampler {
  const processes = new Set<string>();
  const openFiles = new Set<string>();
  const stopped = new AbortController();
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      for (const { command, environment } of await processesOf(place)) {
        processes.add(command).add(environment);
      }
      for (const file of await readableFiles(place.cache)) openFiles.add(file);
      await delay(200);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await looking;
      return { processes, openFiles };
    },
  };
}

/** Files below a folder that other users can read, through folders that they can enter. */
export async function readableFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    const { mode } = await stat(path).catch(() => ({ mode: 0 }));
    if (entry.isDirectory() && (mode & 0o011) !== 0) found.push(...(await readableFiles(path)));
    if (entry.isFile() && (mode & 0o044) !== 0) found.push(path);
  }
  return found;
}

/** The content of a file as text; empty for disk images. */
export async function textOf(file: string): Promise<string> {
  return /\.(raw|qcow2|iso)$/.test(file) ? "" : readFile(file, "latin1").catch(() => "");
}
