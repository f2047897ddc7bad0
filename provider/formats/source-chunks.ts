import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { pMapIterable } from "p-map";
import { StylusError } from "../base/errors";
import { KiB } from "../base/size";
import { blockChunks, type Extent } from "../system/files/extents";
import { readWhole, type Chunk } from "../system/files/read-extents";
import { throwIfCancelled } from "../base/cancellation";
import { writeAndReadBack, type ReadBackFile } from "./read-back";
import { tryAgain } from "./write-error";

/** An artifact that another one is made of. */
export interface SourceFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string | undefined;
}

/** Small enough to stay in a core's cache from reading to reading back: with 1 MiB a fifth more processor time. */
const chunkSize = 256 * KiB;
/** One is hashed by this thread while the others are read, written and read back. */
const chunksAtOnce = 4;

/**
 * Copies an artifact into a larger file, from `offset` on, and yields what lies there: each chunk is
 * read back and compared. At its end it refuses a source whose SHA-256 is not that of what was made.
 */
export async function* copyChunks(
  source: SourceFile,
  to: ReadBackFile,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): AsyncGenerator<Chunk> {
  const from = await open(source.path, "r");
  const underWay = new Set<Promise<unknown>>();
  const free: Buffers[] = [];
  const copy = async (place: Extent) => {
    const buffers = free.pop() ?? newBuffers();
    const { bytes } = await readWhole(from, place, buffers.read);
    const found = await writeAndReadBack(to, bytes, offset + place.start, buffers.found);
    return { buffers, chunk: { start: place.start, bytes: found } };
  };
  const tracked = (place: Extent) => {
    const copying = copy(place);
    underWay.add(copying);
    const settled = () => void underWay.delete(copying);
    copying.then(settled, settled);
    return copying;
  };
  try {
    const digest = createHash("sha256");
    const layout = { blockSize: 512, chunkSize, fileSize: source.size };
    const places = blockChunks([{ start: 0, length: source.size }], layout);
    const window = { concurrency: chunksAtOnce, backpressure: 2 * chunksAtOnce };
    for await (const { buffers, chunk } of pMapIterable(places, tracked, window)) {
      throwIfCancelled(signal);
      if (source.sha256 !== undefined) digest.update(chunk.bytes);
      yield chunk;
      free.push(buffers);
    }
    if (source.sha256 !== undefined && digest.digest("hex") !== source.sha256) {
      throw sourceChanged(source.path);
    }
  } finally {
    // Neither file may be closed under a thread that uses it.
    await Promise.allSettled(underWay);
    await from.close();
  }
}

interface Buffers {
  readonly read: Buffer;
  readonly found: Buffer;
}

function newBuffers(): Buffers {
  return { read: Buffer.alloc(chunkSize), found: Buffer.alloc(chunkSize) };
}

function sourceChanged(path: string): StylusError {
  return new StylusError("convert.failed", {
    what: `${path} is not what was made: its SHA-256 differs.`,
    why: "It was changed since, or the build host's disk or memory gave back other bytes.",
    next: `Check the build host's disk and its log (\`dmesg\`). ${tryAgain}`,
  });
}
