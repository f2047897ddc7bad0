import { open } from "node:fs/promises";
import { StylusError } from "../base/errors";
import { dataExtents, type Extent } from "../system/files/extents";
import type { LocalFile } from "./target";

interface Part {
  readonly offset: number;
  readonly length: number;
}

/** A local file that is read part by part. */
export interface PartSource {
  /** The bytes of a part; in the memory that is given, where a next part is to take the place of this one. */
  read(part: Part, into?: Buffer): Promise<Buffer>;
  /** Throws where the file is not the one any more that was opened. */
  verifyUnchanged(): Promise<void>;
}

/** Opens the file for the time of `work`; what `verifyUnchanged` finds is an error of the artifact. */
export async function withPartSource<T>(
  artifact: LocalFile,
  signal: AbortSignal,
  work: (source: PartSource) => Promise<T>,
): Promise<T> {
  const handle = await open(artifact.path, "r");
  try {
    const before = await handle.stat({ bigint: true });
    if (before.size !== BigInt(artifact.sizeBytes)) {
      throw changed(artifact, `It has ${before.size} bytes, expected ${artifact.sizeBytes}.`);
    }
    const sparse = before.blocks * 512n < before.size;
    const extents = sparse ? await dataExtents(artifact.path, signal) : undefined;
    return await work({
      async read(part, into = Buffer.allocUnsafe(part.length)) {
        const buffer = into.subarray(0, part.length);
        if (extents !== undefined && !touches(extents, part)) return buffer.fill(0);
        for (let done = 0; done < part.length;) {
          const { bytesRead } = await handle.read(
            buffer,
            done,
            part.length - done,
            part.offset + done,
          );
          if (bytesRead === 0) throw changed(artifact, "It became shorter.");
          done += bytesRead;
        }
        return buffer;
      },
      async verifyUnchanged() {
        const now = await handle.stat({ bigint: true });
        if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) {
          throw changed(artifact, "It was written to.");
        }
      },
    });
  } finally {
    await handle.close();
  }
}

function touches(extents: readonly Extent[], part: Part): boolean {
  const end = part.offset + part.length;
  return extents.some(({ start, length }) => start < end && start + length > part.offset);
}

function changed(artifact: LocalFile, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${artifact.path} changed while it was published.`,
    why,
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}
