import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { StylusError } from "../base/errors";
import { MiB } from "../base/size";
import { fileError, systemCode } from "../system/files/errors";
import type { ProgressOptions } from "../system/files/progress-options";
import { changedFile } from "./changed-file";
import type { LocalArtifact } from "./local-artifact";

/** The body of an upload. */
interface FileStream {
  readonly body: Readable;
  /** Throws the error of the local file, which the HTTP client only reports as an aborted request. */
  readonly throwIfFailed: () => void;
}

/** Reads an artifact once, verifying its size and SHA-256, so that a file that changes meanwhile is not published. */
export function openFileStream(
  artifact: LocalArtifact,
  sha256: string,
  options: ProgressOptions,
): FileStream {
  let error: StylusError | undefined;
  const { path, sizeBytes } = artifact;
  const changed = () => changedFile(path, "Its size or SHA-256 differs from the converted file.");
  async function* bytes(): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    let done = 0;
    try {
      const file = createReadStream(path, { highWaterMark: MiB });
      for await (const chunk of file as AsyncIterable<Buffer>) {
        hash.update(chunk);
        done += chunk.length;
        // The last chunk is sent only after the whole file is verified.
        if (done === sizeBytes && hash.copy().digest("hex") !== sha256) throw changed();
        if (done > sizeBytes) throw changed();
        yield chunk;
        options.onProgress(done, sizeBytes);
      }
      if (done !== sizeBytes) throw changed();
    } catch (thrown) {
      if (thrown instanceof StylusError) error = thrown;
      else if (systemCode(thrown) === undefined) throw thrown;
      else error = fileError(thrown, `read ${path}`, options.signal);
      throw error;
    }
  }
  return {
    body: Readable.from(bytes(), { objectMode: false }),
    throwIfFailed: () => {
      if (error !== undefined) throw error;
    },
  };
}
