import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Context } from "../../base/context";
import { describeThrown, StylusError } from "../../base/errors";
import { sharePending } from "../../base/memo";
import type { ProgressOptions } from "./progress-options";
import { hashFile } from "./hash";
import { replaceFile } from "./replace-file";

const entrySchema = z.object({
  path: z.string(),
  /** Size, times, inode and device: a change of the file changes one of them. */
  fingerprint: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export interface LocalHashOptions extends Pick<Context, "cacheDirectory" | "signal"> {
  readonly onProgress?: ProgressOptions["onProgress"] | undefined;
}

/** Files that this process is hashing: fifty images of one installer are checked at once. */
const shareHash = sharePending<string>();

/** SHA-256 of a local installer, cached in `cacheDirectory` until the file changes. */
export async function hashLocalFile(path: string, options: LocalHashOptions): Promise<string> {
  const absolute = resolve(path);
  const file = entryFile(absolute, options);
  const entry = await readEntry(file);
  if (entry?.path === absolute && entry.fingerprint === (await fingerprintOf(absolute))) {
    return entry.sha256;
  }
  return shareHash(file, () => hashUsedFile(path, options));
}

/**
 * SHA-256 of a local installer that is about to be used, always from its content: on some file systems, times and
 * inodes do not show every change, and an image must not be built under the key of another installer.
 */
export async function hashUsedFile(path: string, options: LocalHashOptions): Promise<string> {
  const { signal, onProgress = () => undefined } = options;
  const absolute = resolve(path);
  const before = await fingerprintOf(absolute);
  const sha256 = await hashFile(absolute, { signal, onProgress }).catch((thrown: unknown) => {
    throw isSystemError(thrown) ? accessError(absolute, thrown) : thrown;
  });
  if ((await fingerprintOf(absolute)) !== before) {
    throw new StylusError("installer.changed", {
      what: `${absolute} changed while it was read.`,
      next: "Run this again when the program that writes it has ended.",
    });
  }
  const file = entryFile(absolute, options);
  await replaceFile(file, JSON.stringify({ path: absolute, fingerprint: before, sha256 }));
  return sha256;
}

function entryFile(absolute: string, { cacheDirectory }: LocalHashOptions): string {
  return join(cacheDirectory, "file-hashes", `${digestOf(absolute)}.json`);
}

async function fingerprintOf(path: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino, dev } = await statFile(path);
  return [size, mtimeNs, ctimeNs, ino, dev].join(" ");
}

/** The file's stat. Throws if the file does not exist, or is not a regular file. */
async function statFile(path: string): Promise<BigIntStats> {
  const found = await stat(path, { bigint: true }).catch((thrown: unknown) => {
    throw accessError(path, thrown);
  });
  if (found.isFile()) return found;
  throw new StylusError("installer.not-found", {
    what: `There is no installer at ${path}: it is ${found.isDirectory() ? "a folder" : "not a regular file"}.`,
    next: "Correct `installer.path`.",
  });
}

/** The error of a file that cannot be opened or read. Its file system may be gone, or not be mounted on this machine. */
function accessError(path: string, thrown: unknown): StylusError {
  const code = isSystemError(thrown) ? thrown.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") {
    return new StylusError("installer.not-found", {
      what: `There is no installer at ${path}.`,
      next: "Correct `installer.path`, or put the file there (is its file system mounted?).",
      cause: thrown,
    });
  }
  return new StylusError("installer.denied", {
    what: `The installer ${path} cannot be read: ${describeThrown(thrown)}.`,
    next: "Give this user read access to the file.",
    cause: thrown,
  });
}

/** Whether the operating system refused a call on the file. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && "syscall" in thrown && "code" in thrown;
}

/** A missing or damaged entry only costs hashing again. */
async function readEntry(file: string): Promise<z.infer<typeof entrySchema> | undefined> {
  try {
    return entrySchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
