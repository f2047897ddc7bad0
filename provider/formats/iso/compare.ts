import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { MiB } from "../../base/size";
import { blockChunks } from "../../system/files/extents";
import { readChunks, readWhole } from "../../system/files/read-extents";

/** Expected content of a file of an ISO. */
export type ExpectedContent = {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
} & (
  | { readonly bytes: Buffer }
  | {
      readonly from: { readonly file: string; readonly offset: number; readonly length: number };
      /** Byte ranges of the file that may differ. */
      readonly patched?: readonly { readonly start: number; readonly end: number }[];
    }
);

export interface Comparison {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
  readonly onDifference: (how: string) => Error;
}

/** Reads an ISO once, compares its files with their sources, and returns its SHA-256. */
export async function compareFiles(
  iso: string,
  files: readonly ExpectedContent[],
  { signal, onProgress, onDifference }: Comparison,
): Promise<string> {
  const short = files.find((file) => expectedSize(file) !== file.sizeBytes);
  if (short !== undefined) {
    throw onDifference(`${short.path} has ${short.sizeBytes} bytes, not ${expectedSize(short)}`);
  }
  const sources = new Map<string, FileHandle>();
  const handle = await open(iso, "r");
  try {
    const { size } = await handle.stat();
    const cut = files.find(({ offset, sizeBytes }) => offset + sizeBytes > size);
    if (cut !== undefined) throw onDifference(`it ends before ${cut.path} does`);
    for (const file of files) {
      if ("from" in file && !sources.has(file.from.file)) {
        sources.set(file.from.file, await open(file.from.file, "r"));
      }
    }
    const layout = { blockSize: 2048, chunkSize: 4 * MiB, fileSize: size };
    const digest = createHash("sha256");
    for await (const chunk of readChunks(
      handle,
      blockChunks([{ start: 0, length: size }], layout),
      signal,
    )) {
      digest.update(chunk.bytes);
      for (const file of files) {
        const from = Math.max(file.offset, chunk.start);
        const to = Math.min(file.offset + file.sizeBytes, chunk.start + chunk.bytes.length);
        if (from >= to) continue;
        const part = chunk.bytes.subarray(from - chunk.start, to - chunk.start);
        if (!(await isSame(file, from - file.offset, part, sources))) {
          throw onDifference(`${file.path} holds other bytes`);
        }
      }
      onProgress((chunk.start + chunk.bytes.length) / size);
    }
    return digest.digest("hex");
  } finally {
    await handle.close();
    for (const source of sources.values()) await source.close();
  }
}

function expectedSize(file: ExpectedContent): number {
  return "bytes" in file ? file.bytes.length : file.from.length;
}

async function isSame(
  file: ExpectedContent,
  at: number,
  part: Buffer,
  sources: ReadonlyMap<string, FileHandle>,
): Promise<boolean> {
  if ("bytes" in file) return part.equals(file.bytes.subarray(at, at + part.length));
  const source = sources.get(file.from.file);
  if (source === undefined) return false;
  const range = { start: file.from.offset + at, length: part.length };
  const { bytes } = await readWhole(source, range, Buffer.alloc(part.length));
  const own = file.patched === undefined ? part : Buffer.from(part);
  for (const { start, end } of file.patched ?? []) {
    // Clear both sides where they may differ.
    own.fill(0, Math.max(0, start - at), Math.max(0, end - at));
    bytes.fill(0, Math.max(0, start - at), Math.max(0, end - at));
  }
  return own.equals(bytes);
}
