import { once } from "node:events";
import { StylusError } from "../spec/errors";
import { run, toolError } from "../system/run";
import { startChild } from "../system/run-child";
import { cancelled } from "../system/run-cancelled";
import { deflatedZeros, gzipHeader, GzipSum, type Segment } from "./raw-gzip";
import { pieceSize } from "./raw-pieces";
import { tryAgain } from "./write-fault";

export interface GzipCheck {
  readonly add: (segment: Segment) => Promise<void>;
  /** Ends without an answer. */
  readonly abandon: () => Promise<void>;
  /** Fails unless `gzip` accepts all that was added. */
  readonly finish: () => Promise<void>;
}

/**
 * The `gzip` program reads what is written, while it is written: every segment of data, and the
 * segment of zeros once. Zeros take it 4.6 s for each GiB (460 s for a disk of 100 GiB that is
 * nearly empty), so it does not get the same segment again and again.
 */
export function startGzipCheck(signal: AbortSignal): GzipCheck {
  const child = startChild("gzip", ["-tq"], { signal, input: "pipe" });
  const sum = new GzipSum();
  const send = async (bytes: Buffer): Promise<void> => {
    if (child.stdin?.write(bytes) !== false) return;
    // Its end as well: a program that died takes nothing any more, and its exit code tells why.
    const abort = new AbortController();
    const drained = once(child.stdin, "drain", { signal: abort.signal }).catch(() => undefined);
    await Promise.race([drained, child.ended]);
    abort.abort();
  };
  const add = (segment: Segment): Promise<void> => {
    sum.add(segment);
    return send(segment.packed);
  };
  const started = send(gzipHeader).then(() => add(deflatedZeros(pieceSize)));
  return {
    add: async (segment) => {
      await started;
      await add(segment);
    },
    abandon: async () => {
      child.stop();
      await child.ended;
    },
    finish: async () => {
      await started;
      child.stdin?.end(sum.trailer());
      const end = await child.ended;
      if (signal.aborted) throw cancelled(signal);
      if (end.exitCode !== 0)
        throw toolError("gzip", end, { code: "convert.failed", next: tryAgain });
    },
  };
}

/**
 * The `zstd` program reads the whole file: 0.04 s for each GiB of zeros, so 4 s for a nearly empty
 * disk of 100 GiB. It is no part of a Debian base system; where it is missing, `readAll` has to do,
 * which finds what the file system did wrong, though not what the library did.
 */
export async function checkZstd(
  path: string,
  signal: AbortSignal,
  readAll: () => Promise<unknown>,
): Promise<void> {
  try {
    await run("zstd", ["-tq", "--", path], { signal, code: "convert.failed", next: tryAgain });
  } catch (thrown) {
    if (!(thrown instanceof StylusError) || thrown.code !== "host.tool-missing") throw thrown;
    await readAll();
  }
}
