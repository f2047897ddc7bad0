import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { StylusError } from "../base/errors";
import { MiB } from "../base/size";
import { fileFault, systemCode } from "../system/files/file-faults";
import type { LocalArtifact, PublishOptions } from "./target";

/** A local artifact on its way out. */
export interface Upload {
  readonly body: Readable;
  /** Throws what is wrong with the local file, which the network only tells as a broken transfer. */
  readonly throwFault: () => void;
}

/** Reads an artifact once, and counts and hashes what is read: what changed meanwhile is never taken for it. */
export function openUpload(
  artifact: LocalArtifact,
  sha256: string,
  options: PublishOptions,
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
        if (done === sizeBytes && hash.copy().digest("hex") !== sha256) throw changed(path);
        if (done > sizeBytes) throw changed(path);
        yield chunk;
        options.onProgress(done, sizeBytes);
      }
      if (done !== sizeBytes) throw changed(path);
    } catch (thrown) {
      if (thrown instanceof StylusError) fault = thrown;
      else if (systemCode(thrown) === undefined) throw thrown;
      else fault = fileFault(thrown, `read ${path}`, options.signal);
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

function changed(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} changed while it was published.`,
    why: "Its size or its SHA-256 is another one than when it was made.",
    next: "Nothing was published. Run the build again; it makes the file anew.",
  });
}
