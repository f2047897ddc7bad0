import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { MiB } from "../../base/size";
import type { ProgressOptions } from "./progress-options";
import { blockChunks, dataExtents, type Extent } from "./extents";
import { readChunks } from "./read-extents";
import { throwIfCancelled } from "../../base/cancellation";

const zeros = Buffer.alloc(4 * MiB);

/** SHA-256 of a file. Holes are not read: their zeros come from a buffer. */
export async function hashFile(path: string, options: ProgressOptions): Promise<string> {
  const handle = await open(path, "r");
  try {
    return await hashHandle(handle, path, options);
  } finally {
    await handle.close();
  }
}

async function hashHandle(
  handle: FileHandle,
  path: string,
  { signal, onProgress }: ProgressOptions,
): Promise<string> {
  const { size, blocks } = await handle.stat();
  // A file without holes needs no qemu-img, which a machine that only previews may lack.
  const sparse = blocks * 512 < size;
  const extents: readonly Extent[] = sparse
    ? await dataExtents(path, signal)
    : [{ start: 0, length: size }];
  const digest = createHash("sha256");
  let done = 0;
  const addZeros = async (until: number): Promise<void> => {
    while (done < until) {
      const length = Math.min(zeros.length, until - done);
      digest.update(zeros.subarray(0, length));
      done += length;
      onProgress(done, size);
      // Hashing zeros never waits for I/O: let other work run, and an abort arrive.
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(signal);
    }
  };
  const layout = { blockSize: 4096, chunkSize: 4 * MiB, fileSize: size };
  for await (const { start, bytes } of readChunks(handle, blockChunks(extents, layout), signal)) {
    await addZeros(start);
    digest.update(bytes);
    done += bytes.length;
    onProgress(done, size);
  }
  await addZeros(size);
  return digest.digest("hex");
}
