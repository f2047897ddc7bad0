import { createHash } from "node:crypto";
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
  const sha256 = await hashFile(absolute, { signal, onProgress });
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
  try {
    const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
    return [size, mtimeNs, ctimeNs, ino, dev].join(" ");
  } catch (thrown) {
    const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
    throw new StylusError(missing ? "installer.not-found" : "installer.denied", {
      what: missing
        ? `There is no installer at ${path}.`
        : `The installer ${path} cannot be read: ${describeThrown(thrown)}.`,
      next: missing ? "Correct `installer.path`." : "Give this user read access to the file.",
      cause: thrown,
    });
  }
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
