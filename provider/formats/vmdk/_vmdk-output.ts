import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Appender } from "./write";

export interface HashedOutput extends Appender {
  /** SHA-256 of all that was appended. */
  readonly digest: () => string;
}

/** Appends to a new file and hashes what it appends; the file's own position is not used. */
export function hashedOutput(handle: FileHandle): HashedOutput {
  const digest = createHash("sha256");
  let position = 0;
  return {
    get position() {
      return position;
    },
    async append(bytes) {
      // Hashed while the kernel takes the bytes.
      const written = writeWhole(handle, bytes, position);
      digest.update(bytes);
      position += bytes.length;
      await written;
    },
    digest: () => digest.digest("hex"),
  };
}

async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
