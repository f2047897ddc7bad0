import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { digestOf } from "./manifest";

/** Stores the location of an unfinished upload, so that a later process can resume it. */
export interface ResumeStore {
  load(): Promise<URL | undefined>;
  save(location: URL): Promise<void>;
  clear(): Promise<void>;
}

export const noResumeStore: ResumeStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
  clear: () => Promise.resolve(),
};

const locationSchema = z.object({ location: z.url() });

/**
 * A small file beside the artifact. It only saves work, so its errors are ignored. The location gives write access to the
 * upload, so only the owner can read the file.
 */
export function resumeFile(artifact: string, target: string, digest: string): ResumeStore {
  const name = digestOf(`${target} ${digest}`).slice("sha256:".length, "sha256:".length + 12);
  const path = `${artifact}.${name}.upload`;
  return {
    load: async () => {
      try {
        return new URL(locationSchema.parse(JSON.parse(await readFile(path, "utf8"))).location);
      } catch {
        return undefined;
      }
    },
    save: async (location) => {
      const text = JSON.stringify({ location: location.href });
      await writeFile(`${path}.new`, text, { mode: 0o600 })
        .then(() => rename(`${path}.new`, path))
        .catch(() => undefined);
    },
    clear: async () => {
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
