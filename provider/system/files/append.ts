import type { FileHandle } from "node:fs/promises";
import { MiB } from "../../base/size";

export interface AppendedFile {
  /** Resolves when the bytes are copied; they may not be in the file yet. */
  readonly append: (bytes: Uint8Array) => Promise<void>;
  readonly flush: () => Promise<void>;
}

/** Writes a file in order from an offset on, in pieces of 1 MiB. */
export function appendTo(file: FileHandle, offset: number): AppendedFile {
  const buffer = Buffer.alloc(MiB);
  let used = 0;
  let position = offset;
  const flush = async () => {
    await writeWhole(file, buffer.subarray(0, used), position);
    position += used;
    used = 0;
  };
  const append = async (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + buffer.length - used);
      buffer.set(piece, used);
      used += piece.length;
      done += piece.length;
      if (used === buffer.length) await flush();
    }
  };
  return { append, flush };
}

/** The part of a file handle that writing needs. */
export interface WritableFile {
  readonly write: (
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ readonly bytesWritten: number }>;
}

/** Writes all bytes from `position` on: one system call may write fewer. */
export async function writeWhole(
  file: WritableFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
