import { createHash, hash } from "node:crypto";
import { open } from "node:fs/promises";
import { MiB } from "../../base/size";
import type { ProgressOptions } from "./progress-options";
import { blockChunks, dataExtents } from "./extents";
import { readChunks } from "./read-extents";

const tag = "stylus-image content v1\n";
const blockSize = 64 * 1024;
const zeros = Buffer.alloc(blockSize);

/**
 * SHA-256 over the tag, the size (u64, little endian), and for each 64 KiB block that is not all
 * zero, in order, its index (u64) and the SHA-256 of the block. Two copies of one disk have the same
 * digest, whichever of their zeros are holes. Progress counts the bytes of data extents.
 */
export async function contentDigest(path: string, options: ProgressOptions): Promise<string> {
  const { signal, onProgress } = options;
  const handle = await open(path, "r");
  try {
    const { size: fileSize } = await handle.stat();
    const layout = { blockSize, chunkSize: 4 * MiB, fileSize };
    const chunks = [...blockChunks(await dataExtents(path, signal), layout)];
    const total = chunks.reduce((sum, { length }) => sum + length, 0);
    const digest = createHash("sha256").update(tag).update(u64(fileSize));
    let done = 0;
    for await (const { start, bytes } of readChunks(handle, chunks, signal)) {
      for (let at = 0; at < bytes.length; at += blockSize) {
        const block = bytes.subarray(at, at + blockSize);
        if (block.equals(zeros.subarray(0, block.length))) continue;
        digest.update(u64((start + at) / blockSize)).update(hash("sha256", block, "buffer"));
      }
      done += bytes.length;
      onProgress(done, total);
    }
    return digest.digest("hex");
  } finally {
    await handle.close();
  }
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
