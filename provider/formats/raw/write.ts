import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { throwIfCancelled } from "../../base/cancellation";
import { writeFault } from "../write-fault";

/** Writes a new file from its parts in order, and gives the SHA-256 of what it wrote. */
export async function writeParts(
  output: string,
  parts: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<string> {
  try {
    const file = await open(output, "wx", 0o600);
    try {
      const digest = createHash("sha256");
      for await (const part of parts) {
        throwIfCancelled(signal);
        digest.update(part);
        await writeWhole(file, part);
      }
      return digest.digest("hex");
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw writeFault(thrown, output, signal);
  }
}

/** Writes all of it: one call of the system may take less, and says so only by its count. */
export async function writeWhole(
  file: FileHandle,
  bytes: Buffer,
  position: number | null = null,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}
