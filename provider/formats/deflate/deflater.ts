import { availableParallelism } from "node:os";

/** Largest block that a deflater takes, in bytes. */
export const deflateBlock = 64 * 1024;

/** Largest size of a deflated block, in bytes: both encoders add less than 64 bytes to a block. */
export const deflateBound = deflateBlock + 500;

/** Blocks that are deflated at the same time. More than two per core cost memory and gain nothing. */
export const deflatesAtOnce = Math.min(64, 2 * availableParallelism());

/** Deflates blocks into zlib streams (RFC 1950), several at the same time. */
export interface Deflater {
  /** Name and level, without the build of the library. */
  readonly name: string;
  /**
   * Deflates a block of at most `deflateBlock` bytes into a buffer of at least `deflateBound` bytes.
   * Returns the number of bytes used. The caller must not touch either buffer before that.
   */
  readonly deflate: (block: Buffer, into: Buffer) => Promise<number>;
  /** Frees native memory. The caller must wait for all calls of `deflate` first. */
  readonly close: () => void;
}
