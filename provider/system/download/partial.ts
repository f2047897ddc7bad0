import { createHash, type Hash } from "node:crypto";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { asStylusError, StylusError } from "../../base/errors";
import type { RemoteVersion } from "./probe";
import { throwIfCancelled } from "../../base/cancellation";

/** Size of a file; undefined if it does not exist. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** Opens the partial file of an earlier attempt, or a new one. Its content is read once, for the hash. */
export async function openPartial(
  path: string,
  version: RemoteVersion,
  signal: AbortSignal,
): Promise<PartialFile> {
  const handle = await open(path, "a+", 0o600);
  try {
    const hash = createHash("sha256");
    let size = 0;
    // Without a validator the content may be that of another version.
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

/** A file that is appended to, with the hash of its content. */
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
      throw writeError(thrown, this.#state.path);
    }
    hash.update(chunk);
    this.#state = { ...this.#state, size: size + chunk.length };
  }

  /** Empties the file, and renames it if the version of the content is another one. */
  async restart(path: string, version: RemoteVersion): Promise<void> {
    const { handle } = this.#state;
    await handle.truncate(0);
    if (path !== this.#state.path) await rename(this.#state.path, path);
    this.#state = { handle, path, version, hash: createHash("sha256"), size: 0 };
  }

  digest(): string {
    return this.#state.hash.copy().digest("hex");
  }

  /** Renames the complete file to its final name, after its bytes are on the disk. */
  async finish(path: string): Promise<void> {
    await this.#state.handle.sync().catch((thrown: unknown) => {
      throw writeError(thrown, this.#state.path);
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

function writeError(thrown: unknown, path: string): StylusError {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT") return asStylusError(thrown);
  return new StylusError("host.disk-full", {
    what: `The disk of ${dirname(path)} is full; the installer was not written completely.`,
    next: "Free space there and run again: the download continues where it ended.",
    cause: thrown,
  });
}
