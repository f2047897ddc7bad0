import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { digestOf } from "./_oci-blob";

/** Remembers an upload that is under way, for a process that comes after this one. */
export interface UploadMemory {
  recall(): Promise<URL | undefined>;
  note(location: URL): Promise<void>;
  forget(): Promise<void>;
}

export const noMemory: UploadMemory = {
  recall: () => Promise.resolve(undefined),
  note: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

const noteSchema = z.object({ location: z.url() });

/**
 * A small file beside the artifact, which lives as long as it does. It saves work and nothing depends on it, so what
 * goes wrong with it goes unheard. Whoever has the location may write to the upload, so it is nobody else's to read.
 */
export function uploadMemory(artifact: string, target: string, digest: string): UploadMemory {
  const name = digestOf(`${target} ${digest}`).slice("sha256:".length, "sha256:".length + 12);
  const path = `${artifact}.${name}.upload`;
  return {
    recall: async () => {
      try {
        return new URL(noteSchema.parse(JSON.parse(await readFile(path, "utf8"))).location);
      } catch {
        return undefined;
      }
    },
    note: async (location) => {
      const text = JSON.stringify({ location: location.href });
      await writeFile(`${path}.new`, text, { mode: 0o600 })
        .then(() => rename(`${path}.new`, path))
        .catch(() => undefined);
    },
    forget: async () => {
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
