import { open, rm, stat } from "node:fs/promises";
import { run } from "../process/run";
import { fileError } from "./errors";
import type { ProgressOptions } from "./progress-options";

/** How often progress is told, in milliseconds. */
const tellEvery = 500;

/**
 * Copies a file as a reflink where the file system can, else extent by extent, so that holes stay
 * holes. `to` is overwritten, has the mode of a new file, and is on disk afterwards; after a failure
 * nothing of it is left.
 */
export async function copySparse(
  from: string,
  to: string,
  options: ProgressOptions,
): Promise<void> {
  try {
    await rm(to, { force: true });
    // cp would hand on the mode of the cache's file, which only its owner may read.
    await (await open(to, "wx")).close();
    await runCopy(from, to, options);
    const file = await open(to, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await rm(to, { force: true });
    throw fileError(thrown, `copy ${from} to ${to}`, options.signal);
  }
}

async function runCopy(from: string, to: string, options: ProgressOptions): Promise<void> {
  const { size, blocks } = await stat(from);
  const watch = setInterval(() => {
    void stat(to).then(
      (copy) => {
        const share = blocks === 0 ? 1 : Math.min(1, copy.blocks / blocks);
        options.onProgress(Math.floor(size * share), size);
      },
      () => undefined,
    );
  }, tellEvery);
  const args = ["--reflink=auto", "--sparse=always", "--", from, to];
  try {
    await run("cp", args, { signal: options.signal, code: "publish.failed" });
  } finally {
    clearInterval(watch);
  }
}
