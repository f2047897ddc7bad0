import { resolve } from "node:path";
import { z } from "zod";
import { run } from "../process/run";

/** A run of bytes. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

const mapSchema = z.array(
  z.object({ start: z.number(), length: z.number(), zero: z.boolean(), data: z.boolean() }),
);

/**
 * The ranges of a sparse raw file that hold data, in order; everything else reads as zeros. For 100 GiB of holes this
 * takes milliseconds, and reading them more than a minute.
 */
export async function dataExtents(path: string, signal: AbortSignal): Promise<readonly Extent[]> {
  // An absolute path, because qemu-img reads `a:b` as a protocol. -U: another reader may have locked it.
  const args = ["map", "-U", "--output=json", "-f", "raw", resolve(path)];
  const { stdout } = await run("qemu-img", args, { signal, code: "internal" });
  return joinExtents(mapSchema.parse(JSON.parse(stdout)).filter(({ data, zero }) => data && !zero));
}

function joinExtents(extents: readonly Extent[]): readonly Extent[] {
  const joined: Extent[] = [];
  for (const { start, length } of extents) {
    const last = joined.at(-1);
    if (last !== undefined && last.start + last.length === start) {
      joined[joined.length - 1] = { start: last.start, length: last.length + length };
    } else {
      joined.push({ start, length });
    }
  }
  return joined;
}

/**
 * The extents widened to whole blocks and cut at the end of the file, in chunks of at most `chunkSize` (a multiple of
 * the block): the ranges that a reader of whole blocks reads.
 */
export function* blockChunks(
  extents: readonly Extent[],
  layout: { readonly blockSize: number; readonly chunkSize: number; readonly fileSize: number },
): Generator<Extent> {
  const { blockSize, chunkSize, fileSize } = layout;
  let done = 0;
  for (const { start, length } of extents) {
    const from = Math.max(done, Math.floor(start / blockSize) * blockSize);
    const to = Math.min(fileSize, Math.ceil((start + length) / blockSize) * blockSize);
    for (let at = from; at < to; at += chunkSize) {
      yield { start: at, length: Math.min(chunkSize, to - at) };
    }
    done = Math.max(done, to);
  }
}
