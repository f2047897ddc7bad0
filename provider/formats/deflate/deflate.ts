import { hash } from "node:crypto";
import { availableParallelism } from "node:os";
import { deflateSample } from "./sample";

/** Largest block that a deflater is given, in bytes. */
export const deflateBlock = 64 * 1024;

/** Room that a deflated block needs at most: both encoders stay below a block and 64 bytes. */
export const deflateBound = deflateBlock + 500;

/** Many at once, because one thread alone deflates; more than a few per thread only cost memory. */
export const deflatesAtOnce = Math.min(64, 2 * availableParallelism());

/** Deflates blocks into zlib streams (RFC 1950), several at once. */
export interface Deflater {
  /** Name and level, without what tells one build from another. */
  readonly name: string;
  /**
   * Deflates a block of at most `deflateBlock` bytes into a buffer with room for `deflateBound`, and
   * answers the bytes used. Neither buffer may be touched before the answer.
   */
  readonly deflate: (block: Buffer, into: Buffer) => Promise<number>;
  /** Frees what native code holds; nothing may be under way. */
  readonly close: () => void;
}

export type OpenDeflater = () => Promise<Deflater>;

/**
 * libdeflate where the host has it and `koffi` loads, else Node's zlib: at level 5 a little more than
 * half the CPU time, for fewer bytes.
 */
export async function openDeflater(): Promise<Deflater> {
  const { openLibdeflate } = require("./libdeflate") as typeof import("./libdeflate");
  return (await openLibdeflate()) ?? openZlib();
}

/** Node's own zlib. */
export function openZlib(): Deflater {
  return (require("./zlib") as typeof import("./zlib")).zlibDeflater;
}

/**
 * What decides the bytes, in words: name, level, and the digest of a deflated sample, since the bytes
 * depend on the build of the library and with Node's zlib on the processor too.
 */
export async function encoderName(open: OpenDeflater = openDeflater): Promise<string> {
  const deflater = await open();
  try {
    const into = Buffer.alloc(deflateBound);
    const digests: Buffer[] = [];
    for (const block of deflateSample()) {
      const size = await deflater.deflate(block, into);
      digests.push(hash("sha256", into.subarray(0, size), "buffer"));
    }
    const build = hash("sha256", Buffer.concat(digests)).slice(0, 8);
    return `${deflater.name} (${build})`;
  } finally {
    deflater.close();
  }
}
