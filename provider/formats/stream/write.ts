import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { throwIfCancelled } from "../../base/cancellation";
import { writeWhole } from "../../system/files/append";
import { writeError } from "../write-error";

/** Writes a new file from its parts in order and returns its SHA-256. */
export async function writeParts(
  output: string,
  parts: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<string> {
  try {
    const file = await open(output, "wx", 0o600);
    try {
      const digest = createHash("sha256");
      let position = 0;
      for await (const part of parts) {
        throwIfCancelled(signal);
        digest.update(part);
        await writeWhole(file, part, position);
        position += part.length;
      }
      return digest.digest("hex");
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw writeError(thrown, output, signal);
  }
}
