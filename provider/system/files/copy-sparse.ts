import { open, rm, stat } from "node:fs/promises";
import { run } from "../process/run";
import { fileError } from "./errors";
import type { ProgressOptions } from "./progress-options";

const progressMilliseconds = 500;

/**
 * Copies a file as a reflink if the file system supports it, else extent by extent, so that holes stay holes. `to` is
 * overwritten, has the mode of a new file, and is flushed. It is removed after a failure.
 */
export async function copySparse(
  from: string,
  to: string,
  options: ProgressOptions,
): Promise<void> {
  try {
    await rm(to, { force: true });
    // cp would copy the mode of the file in the cache, which only its owner may read.
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
  }, progressMilliseconds);
  const args = ["--reflink=auto", "--sparse=always", "--", from, to];
  try {
    await run("cp", args, { signal: options.signal, code: "publish.failed" });
  } finally {
    clearInterval(watch);
  }
}
