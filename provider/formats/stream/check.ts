import { once } from "node:events";
import { open } from "node:fs/promises";
import { cancelled, throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { startChild } from "../../system/process/child";
import { toolError } from "../../system/process/run";
import { tryAgain } from "../write-error";
import { GzipSum, type Segment, deflatedZeros, gzipHeader } from "./gzip";
import { pieceSize } from "./pieces";
import { zeroFrame } from "./zstd";
import { zstdFrames, zstdPieces } from "./zstd-read";

/** A program that reads standard input and reports by its exit code whether the data is valid. */
interface Reader {
  /** Resolves when the program can take more input, or has ended. */
  readonly send: (bytes: Buffer) => Promise<void>;
  /** Throws unless the program accepts all input. */
  readonly finish: () => Promise<void>;
  /** Stops the program. Does nothing after `finish`. */
  readonly abandon: () => Promise<void>;
}

function startReader(tool: string, args: readonly string[], signal: AbortSignal): Reader {
  const child = startChild(tool, args, { signal, input: "pipe" });
  const { stdin, ended } = child;
  return {
    send: async (bytes) => {
      if (stdin?.write(bytes) !== false) return;
      const gone = new AbortController();
      const drained = once(stdin, "drain", { signal: gone.signal }).catch(() => undefined);
      // A program that has ended takes no input; `finish` reports the reason.
      await Promise.race([drained, ended]);
      gone.abort();
    },
    finish: async () => {
      stdin?.end();
      const end = await ended;
      if (signal.aborted) throw cancelled(signal);
      if (end.exitCode === 0) return;
      throw toolError(tool, end, { code: "convert.failed", next: tryAgain });
    },
    abandon: async () => {
      child.stop();
      await ended;
    },
  };
}

/**
 * Checks gzip output by the `gzip` program while it is written: all data, and the segment of zeros
 * once. gzip needs 4.6 s per GiB of zeros, so `gzip -t` of a nearly empty disk of 100 GiB would
 * take more than seven minutes to read the same segment 51,200 times.
 */
export function startGzipCheck(signal: AbortSignal) {
  const reader = startReader("gzip", ["-tq"], signal);
  const sum = new GzipSum();
  const add = async (segment: Segment): Promise<void> => {
    sum.add(segment);
    await reader.send(segment.packed);
  };
  const begun = reader.send(gzipHeader).then(() => add(deflatedZeros(pieceSize)));
  return {
    add: async (segment: Segment): Promise<void> => {
      await begun;
      await add(segment);
    },
    finish: async (): Promise<void> => {
      await begun;
      await reader.send(sum.trailer());
      await reader.finish();
    },
    abandon: reader.abandon,
  };
}

/**
 * Checks a file of zstd frames by the `zstd` program: every frame of data, and one frame of zeros
 * of each length. The contents of all frames must add up to the disk's size. (`zstd -t` of the
 * whole file takes 4 s for 100 GiB of zeros, but more than a minute for 2 TiB.) Where the program
 * is missing, Node decodes the file.
 */
export async function checkZstd(path: string, size: number, signal: AbortSignal): Promise<void> {
  const reader = startReader("zstd", ["-tq"], signal);
  try {
    const found = await sendFrames(path, reader, signal);
    await reader.finish();
    if (found === size) return;
    throw new StylusError("convert.failed", {
      what: `${path} was written, but contains ${found} bytes instead of the disk's ${size}.`,
      next: tryAgain,
    });
  } catch (thrown) {
    if (!(thrown instanceof StylusError) || thrown.code !== "host.tool-missing") throw thrown;
    await decodeAll(path, signal);
  } finally {
    await reader.abandon();
  }
}

async function sendFrames(path: string, reader: Reader, signal: AbortSignal): Promise<number> {
  const file = await open(path, "r");
  try {
    const zeros = new Set<number>();
    let found = 0;
    for await (const { content, bytes } of zstdFrames(file)) {
      throwIfCancelled(signal);
      found += content;
      if (bytes === undefined && zeros.has(content)) continue;
      if (bytes === undefined) zeros.add(content);
      await reader.send(bytes ?? zeroFrame(content));
    }
    return found;
  } finally {
    await file.close();
  }
}

async function decodeAll(path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path, "r");
  const pieces = zstdPieces(file);
  try {
    while ((await pieces.next()).done !== true) throwIfCancelled(signal);
  } finally {
    await pieces.return(undefined);
    await file.close();
  }
}
