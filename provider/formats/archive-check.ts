import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { StylusError } from "../spec/errors";
import { MiB } from "../spec/size";
import { run } from "../system/run";
import { tryAgain } from "./write-fault";

const failure = { code: "convert.failed", next: tryAgain } as const;

/** Reads a tar archive with the tar program, which did not write it. */
export interface ArchiveReader {
  readonly names: () => Promise<readonly string[]>;
  /** For small files only. */
  readonly text: (name: string) => Promise<string>;
  readonly digest: (name: string, onBytes?: (done: number) => void) => Promise<Content>;
  /** Virtual size of a disk that lies in the archive as it is; it must stand on its own. */
  readonly diskSize: (format: string, place: Place) => Promise<number>;
}

export interface Content {
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
}

/** Where a file's bytes lie in an archive. */
export interface Place {
  readonly start: number;
  readonly length: number;
}

const diskSchema = z.object({
  "virtual-size": z.number(),
  "backing-filename": z.string().optional(),
});

export function archiveReader(archive: string, signal: AbortSignal): ArchiveReader {
  // `--force-local`, because tar takes `a:b` for a file of the machine a.
  const tar = (...args: string[]) => ["--force-local", "--file", archive, ...args];
  const extract = (name: string) => tar("--extract", "--to-stdout", "--occurrence", "--", name);
  return {
    names: async () => {
      const { stdout } = await run("tar", tar("--list"), { ...failure, signal });
      return stdout.trimEnd().split("\n");
    },
    text: async (name) => (await run("tar", extract(name), { ...failure, signal })).stdout,
    digest: async (name, onBytes = () => undefined) => {
      const hash = createHash("sha256");
      let size = 0;
      let told = 0;
      const onStdout = (chunk: Buffer) => {
        hash.update(chunk);
        size += chunk.length;
        if (size - told < 4 * MiB) return;
        told = size;
        onBytes(size);
      };
      await run("tar", extract(name), { ...failure, signal, onStdout });
      return { sha256: hash.digest("hex"), size };
    },
    diskSize: async (format, { start, length }) => {
      const file = { driver: "file", filename: resolve(archive) };
      // A part ends at a sector; what fills up the last one is the archive's own padding.
      const part = { driver: "raw", offset: start, size: 512 * Math.ceil(length / 512), file };
      const name = `json:${JSON.stringify({ driver: format, file: part })}`;
      const { stdout } = await run("qemu-img", ["info", "--output=json", name], {
        ...failure,
        signal,
      });
      const disk = expectJson(stdout, diskSchema, "its disk");
      expectSame(disk["backing-filename"], undefined, "the backing file of its disk");
      return disk["virtual-size"];
    },
  };
}

/** Refuses an artifact that, read back, is not what was written. */
export function expectSame(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw notSame(what, `Found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}.`);
}

/** JSON of an artifact, as it was written. */
export function expectJson<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw notSame(what, "It is not what its format asks for.", thrown);
  }
}

function notSame(what: string, why: string, cause?: unknown): StylusError {
  return new StylusError("convert.failed", {
    what: `The artifact was read back, and ${what} is not what was written.`,
    why,
    next: `Check the build host's disk and memory. ${tryAgain}`,
    cause,
  });
}
