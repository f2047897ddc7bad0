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

/** An artifact that another artifact is made from. */
export interface SourceFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string | undefined;
}

/**
 * Small enough to stay in a core's cache between reading and reading back: 1 MiB takes a fifth more
 * CPU time.
 */
const chunkSize = 256 * KiB;
/** This thread hashes one chunk while the others are read, written and read back. */
const chunksAtOnce = 4;

/**
 * Copies an artifact into a larger file, from `offset` on. Yields each chunk after it was read back
 * and compared. At the end, throws if the SHA-256 of the source is not the expected one.
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
    // The files must stay open while a thread uses them.
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
    what: `The SHA-256 of ${path} is not the one that was taken when it was written.`,
    why: "The file was modified, or the build host's disk or memory returned wrong bytes.",
    next: `Check the build host's disk and its log (\`dmesg\`). ${tryAgain}`,
  });
}
