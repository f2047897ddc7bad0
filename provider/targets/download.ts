import { createHash, type Hash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { StylusError } from "../base/errors";
import { KiB, MiB } from "../base/size";
import type { Publication } from "../schema/state";
import { pause, throwIfCancelled } from "../base/cancellation";
import { fileError, systemCode } from "../system/files/errors";
import type { ProgressOptions } from "../system/files/progress-options";

/** Lost connections in a row, without a byte between, before the download is given up. */
const maxConnectionLosses = 5;
const blockSize = 64 * KiB;
const zeros = Buffer.alloc(blockSize);

/** Where the bytes of a publication come from. */
export interface DownloadSource {
  /** The bytes from `start` on. */
  readonly open: (start: number) => AsyncIterable<Buffer>;
  /** Explains an error of the network. */
  readonly errorOf: (thrown: unknown) => StylusError;
}

/** Downloads to a partial file beside `path`, resumes an earlier one, and renames it after its SHA-256 is verified. */
export async function downloadPublication(
  source: DownloadSource,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const partial = `${path}.partial`;
  try {
    for (const attempt of ["continued", "anew"] as const) {
      const actual = await downloadTo(source, publication, partial, options);
      if (publication.sha256 === undefined || actual === publication.sha256) {
        await rename(partial, path);
        return;
      }
      await rm(partial);
      // The partial file may have been another file's: download the whole file once.
      if (attempt === "anew") throw contentMismatch(publication, actual);
    }
  } catch (thrown) {
    if (isLocal(thrown)) {
      throw fileError(thrown, `write ${partial}`, options.signal);
    }
    throw source.errorOf(thrown);
  }
}

async function downloadTo(
  source: DownloadSource,
  { sizeBytes }: Publication,
  partial: string,
  options: ProgressOptions,
): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(partial, constants.O_RDWR | constants.O_CREAT);
  try {
    // Blocks of zeros are not written, so the file may be shorter than the received bytes, never longer.
    let done = (await file.stat()).size;
    if (done > sizeBytes) {
      await file.truncate(0);
      done = 0;
    }
    await hashStart(hash, partial, done, options.signal);
    for (let breaks = 0; done < sizeBytes;) {
      const before = done;
      try {
        for await (const block of blocksOf(source.open(done))) {
          hash.update(block);
          await writeUnlessZero(file, block, done);
          done += block.length;
          options.onProgress(done, sizeBytes);
        }
        if (done > before || done >= sizeBytes) continue;
        throw new Error("the server sent nothing");
      } catch (thrown) {
        throwIfCancelled(options.signal);
        if (isLocal(thrown) || thrown instanceof StylusError) throw thrown;
        breaks = done > before ? 1 : breaks + 1;
        if (breaks >= maxConnectionLosses) throw thrown;
        await pause(250 * 2 ** breaks, options.signal);
      }
    }
    // Sets the size where the end was zeros.
    await file.truncate(sizeBytes);
    await file.sync();
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

async function hashStart(hash: Hash, path: string, length: number, signal: AbortSignal) {
  if (length === 0) return;
  const stream = createReadStream(path, { end: length - 1, highWaterMark: MiB, signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
}

/** The same bytes in blocks, which can be holes of the file. */
async function* blocksOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (; rest.length >= blockSize; rest = rest.subarray(blockSize)) {
      yield rest.subarray(0, blockSize);
    }
  }
  if (rest.length > 0) yield rest;
}

async function writeUnlessZero(file: FileHandle, block: Buffer, position: number): Promise<void> {
  if (block.equals(zeros.subarray(0, block.length))) return;
  for (let done = 0; done < block.length;) {
    const { bytesWritten } = await file.write(block, done, block.length - done, position + done);
    done += bytesWritten;
  }
}

const localCodes = ["ENOSPC", "EDQUOT", "EIO", "EFBIG", "EACCES", "EPERM", "EROFS", "ENOENT"];

/** Whether it is an error of the local file; those of the network have other codes. */
function isLocal(thrown: unknown): boolean {
  return localCodes.includes(systemCode(thrown) ?? "");
}

function contentMismatch(publication: Publication, actual: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${publication.uri} has the SHA-256 ${actual}, expected ${publication.sha256 ?? "none"}.`,
    why: "It was altered after it was published, or damaged on the way.",
    next: "Remove it and run the build again, which makes it anew.",
  });
}
