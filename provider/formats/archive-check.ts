import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { StylusError } from "../base/errors";
import { MiB } from "../base/size";
import { readChunks } from "../system/files/read-extents";
import { run } from "../system/process/run";
import { tarBlock } from "../base/tar";
import { tryAgain } from "./write-error";

const failure = { code: "convert.failed", next: tryAgain } as const;

/** Reads a tar archive as the tar program, which did not write it, finds its files. */
export interface ArchiveReader {
  readonly files: () => Promise<readonly ArchivedFile[]>;
  /** For small files only. */
  readonly text: (name: string) => Promise<string>;
  /** Of what lies where tar says that the file lies. */
  readonly digest: (place: ByteRange, onBytes?: (done: number) => void) => Promise<string>;
  /** Virtual size of a disk that lies in the archive as it is; it must stand on its own. */
  readonly diskSize: (format: string, place: ByteRange) => Promise<number>;
}

export interface ArchivedFile extends ByteRange {
  readonly name: string;
}

/** Where a file's bytes lie in an archive. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Content that was read back already. */
export interface KnownContent extends ByteRange {
  /** In hexadecimal digits. */
  readonly sha256: string;
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
    files: async () => {
      // tar jumps from header to header, so that no content is read.
      const args = tar("--list", "--verbose", "--block-number", "--numeric-owner");
      const { stdout } = await run("tar", args, { ...failure, signal });
      return stdout.split("\n").flatMap(archivedFile);
    },
    text: async (name) => (await run("tar", extract(name), { ...failure, signal })).stdout,
    digest: (place, onBytes = () => undefined) => digestOf(archive, { place, onBytes, signal }),
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

const listedLine = /^block (\d+): \S+ \d+\/\d+ +(\d+) \S+ \S+ (.+)$/;

/** From a line such as `block 3: -rw-r--r-- 0/0 1234 1970-01-01 00:00 image.ovf`; the content follows that block. */
function archivedFile(line: string): ArchivedFile[] {
  const [, block, length, name] = listedLine.exec(line) ?? [];
  if (name === undefined) return [];
  return [{ name, start: tarBlock * (Number(block) + 1), length: Number(length) }];
}

async function digestOf(
  archive: string,
  {
    place,
    onBytes,
    signal,
  }: {
    readonly place: ByteRange;
    readonly onBytes: (done: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const handle = await open(archive, "r");
  try {
    const digest = createHash("sha256");
    for await (const { start, bytes } of readChunks(handle, chunksOf(place), signal)) {
      digest.update(bytes);
      onBytes(start + bytes.length - place.start);
    }
    return digest.digest("hex");
  } finally {
    await handle.close();
  }
}

function* chunksOf({ start, length }: ByteRange): Generator<ByteRange> {
  for (let done = 0; done < length; done += 4 * MiB) {
    yield { start: start + done, length: Math.min(4 * MiB, length - done) };
  }
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
