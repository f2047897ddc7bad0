import { createHash, type Hash } from "node:crypto";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { asStylusError, StylusError } from "../../base/errors";
import type { RemoteVersion } from "./probe";
import { throwIfCancelled } from "../../base/cancellation";

/** Size of a file, or undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** Opens what an earlier attempt left, or begins anew; a prefix is read once, for its hash. */
export async function openPartial(
  path: string,
  version: RemoteVersion,
  signal: AbortSignal,
): Promise<PartialFile> {
  const handle = await open(path, "a+", 0o600);
  try {
    const hash = createHash("sha256");
    let size = 0;
    // A prefix that nothing can be compared with may belong to another file.
    if (version.ifRange === undefined) await handle.truncate(0);
    const prefix = handle.createReadStream({ start: 0, autoClose: false });
    for await (const chunk of prefix as AsyncIterable<Buffer>) {
      throwIfCancelled(signal);
      hash.update(chunk);
      size += chunk.length;
    }
    return new PartialFile({ handle, path, version, hash, size });
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

interface PartialState {
  readonly handle: FileHandle;
  readonly path: string;
  readonly version: RemoteVersion;
  readonly hash: Hash;
  readonly size: number;
}

/** A file that grows at its end and knows the hash of what it holds. */
export class PartialFile {
  #state: PartialState;

  constructor(state: PartialState) {
    this.#state = state;
  }

  get size(): number {
    return this.#state.size;
  }

  get version(): RemoteVersion {
    return this.#state.version;
  }

  async append(chunk: Buffer): Promise<void> {
    const { handle, hash, size } = this.#state;
    try {
      await handle.appendFile(chunk);
    } catch (thrown) {
      throw writeFault(thrown, this.#state.path);
    }
    hash.update(chunk);
    this.#state = { ...this.#state, size: size + chunk.length };
  }

  /** Begins anew, as another version of the content under another name where it is one. */
  async restart(path: string, version: RemoteVersion): Promise<void> {
    const { handle } = this.#state;
    await handle.truncate(0);
    if (path !== this.#state.path) await rename(this.#state.path, path);
    this.#state = { handle, path, version, hash: createHash("sha256"), size: 0 };
  }

  digest(): string {
    return this.#state.hash.copy().digest("hex");
  }

  /** Gives the complete file its final name, only once its bytes are on the disk. */
  async finish(path: string): Promise<void> {
    await this.#state.handle.sync().catch((thrown: unknown) => {
      throw writeFault(thrown, this.#state.path);
    });
    await rename(this.#state.path, path);
  }

  async discard(): Promise<void> {
    await rm(this.#state.path, { force: true });
  }

  async close(): Promise<void> {
    await this.#state.handle.close();
  }
}

function writeFault(thrown: unknown, path: string): StylusError {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT") return asStylusError(thrown);
  return new StylusError("host.disk-full", {
    what: `The disk of ${dirname(path)} is full; the installer was not written to its end.`,
    next: "Free space there and run again: the download goes on where it ended.",
    cause: thrown,
  });
}
