import { open } from "node:fs/promises";
import { dataExtents, type Extent } from "../system/files/extents";
import { changedFile } from "./changed-file";
import type { LocalFile } from "./local-artifact";

interface Part {
  readonly offset: number;
  readonly length: number;
}

/** A local file that is read part by part. */
export interface PartSource {
  /** Reads a part into the given buffer, which the next part overwrites, or into a new one. */
  read(part: Part, into?: Buffer): Promise<Buffer>;
  /** Throws if the file was modified since it was opened. */
  verifyUnchanged(): Promise<void>;
}

/** Opens the file for the duration of `work`. Holes of a sparse file are not read. */
export async function withPartSource<T>(
  artifact: LocalFile,
  signal: AbortSignal,
  work: (source: PartSource) => Promise<T>,
): Promise<T> {
  const handle = await open(artifact.path, "r");
  try {
    const before = await handle.stat({ bigint: true });
    if (before.size !== BigInt(artifact.sizeBytes)) {
      const why = `It has ${before.size} bytes, expected ${artifact.sizeBytes}.`;
      throw changedFile(artifact.path, why);
    }
    const sparse = before.blocks * 512n < before.size;
    const extents = sparse ? await dataExtents(artifact.path, signal) : undefined;
    return await work({
      async read(part, into = Buffer.allocUnsafe(part.length)) {
        const buffer = into.subarray(0, part.length);
        if (extents !== undefined && !hasData(extents, part)) return buffer.fill(0);
        for (let done = 0; done < part.length;) {
          const { bytesRead } = await handle.read(
            buffer,
            done,
            part.length - done,
            part.offset + done,
          );
          if (bytesRead === 0) throw changedFile(artifact.path, "It became shorter.");
          done += bytesRead;
        }
        return buffer;
      },
      async verifyUnchanged() {
        const now = await handle.stat({ bigint: true });
        if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) {
          throw changedFile(artifact.path, "It was written to.");
        }
      },
    });
  } finally {
    await handle.close();
  }
}

function hasData(extents: readonly Extent[], part: Part): boolean {
  const end = part.offset + part.length;
  return extents.some(({ start, length }) => start < end && start + length > part.offset);
}
