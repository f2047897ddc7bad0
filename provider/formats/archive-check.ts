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

/** Reads a tar archive through the tar program, which is independent of the code that wrote it. */
export interface ArchiveReader {
  readonly files: () => Promise<readonly ArchivedFile[]>;
  /** Content of a small file. */
  readonly text: (name: string) => Promise<string>;
  /** SHA-256 of a byte range of the archive. */
  readonly digest: (place: ByteRange, onBytes?: (done: number) => void) => Promise<string>;
  /**
   * Virtual size in bytes of a disk image inside the archive. Fails if the image has a backing
   * file.
   */
  readonly diskSize: (format: string, place: ByteRange) => Promise<number>;
}

export interface ArchivedFile extends ByteRange {
  readonly name: string;
}

/** Position of a file's content in an archive, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Content that was already read back. */
export interface KnownContent extends ByteRange {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

const diskSchema = z.object({
  "virtual-size": z.number(),
  "backing-filename": z.string().optional(),
});

export function archiveReader(archive: string, signal: AbortSignal): ArchiveReader {
  // Without `--force-local`, tar takes `a:b` for the file `b` of host `a`.
  const tar = (...args: string[]) => ["--force-local", "--file", archive, ...args];
  const extract = (name: string) => tar("--extract", "--to-stdout", "--occurrence", "--", name);
  return {
    files: async () => {
      // tar seeks from header to header and reads no content.
      const args = tar("--list", "--verbose", "--block-number", "--numeric-owner");
      const { stdout } = await run("tar", args, { ...failure, signal });
      return stdout.split("\n").flatMap(archivedFile);
    },
    text: async (name) => (await run("tar", extract(name), { ...failure, signal })).stdout,
    digest: (place, onBytes = () => undefined) => digestOf(archive, { place, onBytes, signal }),
    diskSize: async (format, { start, length }) => {
      const file = { driver: "file", filename: resolve(archive) };
      // Round up to a whole sector: the rest of the last sector is the archive's padding.
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

/**
 * Parses a line such as `block 3: -rw-r--r-- 0/0 1234 1970-01-01 00:00 image.ovf`. The content
 * starts in the block after it.
 */
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

/** Throws if a value that was read back differs from the value that was written. */
export function expectSame(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw notSame(what, `Found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}.`);
}

/** Parses JSON that was read back from an artifact. */
export function expectJson<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw notSame(what, "It is not what its format asks for.", thrown);
  }
}

function notSame(what: string, why: string, cause?: unknown): StylusError {
  return new StylusError("convert.failed", {
    what: `The artifact was read back, and ${what} differs from what was written.`,
    why,
    next: `Check the build host's disk and memory. ${tryAgain}`,
    cause,
  });
}
