import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { StylusError } from "../base/errors";
import { MiB } from "../base/size";
import { type Extent, dataExtents } from "../system/files/extents";
import { fileError, systemCode } from "../system/files/errors";
import { hashFile } from "../system/files/hash";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalArtifact, LocalFile } from "./local-artifact";

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
      throw changed(artifact.path, `It has ${before.size} bytes, expected ${artifact.sizeBytes}.`);
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
          if (bytesRead === 0) throw changed(artifact.path, "It became shorter.");
          done += bytesRead;
        }
        return buffer;
      },
      async verifyUnchanged() {
        const now = await handle.stat({ bigint: true });
        if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) {
          throw changed(artifact.path, "It was written to.");
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

const otherContent = "Its size or its SHA-256 is another one than when it was made.";

function changed(path: string, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why,
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}

/** A local artifact on its way out. */
interface Upload {
  readonly body: Readable;
  /** Throws what is wrong with the local file, which the network only tells as a broken transfer. */
  readonly throwFault: () => void;
}

/** Reads an artifact once, and counts and hashes what is read: what changed meanwhile is never taken for it. */
export function openUpload(
  artifact: LocalArtifact,
  sha256: string,
  options: ProgressOptions,
): Upload {
  let fault: StylusError | undefined;
  const { path, sizeBytes } = artifact;
  async function* bytes(): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    let done = 0;
    try {
      const file = createReadStream(path, { highWaterMark: MiB });
      for await (const chunk of file as AsyncIterable<Buffer>) {
        hash.update(chunk);
        done += chunk.length;
        // The last piece is kept back until all is known to be right.
        if (done === sizeBytes && hash.copy().digest("hex") !== sha256)
          throw changed(path, otherContent);
        if (done > sizeBytes) throw changed(path, otherContent);
        yield chunk;
        options.onProgress(done, sizeBytes);
      }
      if (done !== sizeBytes) throw changed(path, otherContent);
    } catch (thrown) {
      if (thrown instanceof StylusError) fault = thrown;
      else if (systemCode(thrown) === undefined) throw thrown;
      else fault = fileError(thrown, `read ${path}`, options.signal);
      throw fault;
    }
  }
  return {
    body: Readable.from(bytes(), { objectMode: false }),
    throwFault: () => {
      if (fault !== undefined) throw fault;
    },
  };
}

/** The SHA-256 of a file that is to be published, taken now where nobody took it while it was made. */
export async function localSha256(file: LocalFile, signal: AbortSignal): Promise<string> {
  if (file.sha256 !== undefined) return file.sha256;
  const options = { signal, onProgress: () => undefined };
  return hashFile(file.path, options).catch((thrown: unknown) => {
    throw fileError(thrown, `read ${file.path}`, signal);
  });
}
