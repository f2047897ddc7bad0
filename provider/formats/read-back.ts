import { StylusError } from "../base/errors";
import { readWhole, type ReadableFile } from "../system/files/read-extents";
import { writeWhole, type WritableFile } from "../system/files/append";
import { tryAgain } from "./write-error";

export type ReadBackFile = ReadableFile & WritableFile;

/**
 * Writes bytes, reads them back into `found`, and throws if they differ. Returns the bytes that
 * were read.
 */
export async function writeAndReadBack(
  file: ReadBackFile,
  bytes: Buffer,
  start: number,
  found: Buffer = Buffer.alloc(bytes.length),
): Promise<Buffer> {
  await writeWhole(file, bytes, start);
  const { length } = bytes;
  const there = await readWhole(file, { start, length }, found);
  if (there.bytes.equals(bytes)) return there.bytes;
  throw new StylusError("convert.failed", {
    what: "The artifact was read back and differs from the data that was written.",
    why: `The ${length} bytes at offset ${start} differ.`,
    next: `Check the build host's disk and memory. ${tryAgain}`,
  });
}
