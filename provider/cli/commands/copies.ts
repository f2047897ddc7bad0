import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "../../base/context";
import { StylusError } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { copySparse } from "../../system/files/copy-sparse";
import { fileError } from "../../system/files/errors";
import { withLock } from "../../system/lock/lock";
import { workspaceAt } from "../../system/workspace";
import { syncFolder } from "../../targets/directory/durable-files";
import { parseCopies, type CopyOptions } from "../input/copies";

interface CopyContext extends Pick<Context, "cacheDirectory" | "signal"> {
  readonly note: (text: string) => void;
}

/** Writes the copies of `--copy` after the image was published; an up-to-date copy is not written again. */
export async function writeCopies(
  options: CopyOptions,
  { artifacts }: Pick<ImageState, "artifacts">,
  context: CopyContext,
): Promise<void> {
  const installer = await stat(options.installer ?? "", { bigint: true }).catch(() => undefined);
  for (const { format, path } of parseCopies(options).value) {
    if (installer !== undefined && (await isSameFile(path, installer))) throw isInstaller(path);
    const published = artifacts.find((it) => it.format === format && it.url.startsWith("file:"));
    if (published === undefined) throw new Error(`no folder has the ${format}`);
    const lock = createHash("sha256").update(path).digest("hex");
    const { signal } = context;
    await withLock(workspaceAt(context.cacheDirectory).lock(`copy-${lock}`), { signal }, (locked) =>
      writeCopy(fileURLToPath(published.url), path, { ...context, signal: locked }),
    );
  }
}

async function writeCopy(from: string, to: string, { note, signal }: CopyContext): Promise<void> {
  try {
    const source = await stat(from);
    const existing = await stat(to).catch(() => undefined);
    // A published file never changes: equal size and time mean equal content, unless somebody changed the copy.
    if (existing?.size === source.size && existing.mtime.getTime() === source.mtime.getTime()) {
      note(`${to} is up to date.`);
      return;
    }
    await mkdir(dirname(to), { recursive: true });
    // Always the same name, so that the next run overwrites what a killed run left.
    const partial = join(dirname(to), `.${basename(to)}.partial`);
    await copySparse(from, partial, { signal, onProgress: () => undefined });
    try {
      await utimes(partial, source.mtime, source.mtime);
      await rename(partial, to);
    } finally {
      await rm(partial, { force: true });
    }
    await syncFolder(dirname(to));
    note(`${to} is a copy of ${from}.`);
  } catch (thrown) {
    throw fileError(thrown, `write the copy ${to}`, signal);
  }
}

async function isSameFile(path: string, { dev, ino }: BigIntStats): Promise<boolean> {
  const existing = await stat(path, { bigint: true }).catch(() => undefined);
  return existing?.dev === dev && existing.ino === ino;
}

/** The path leads to the installer through a link. The installer's own path was refused before the build. */
function isInstaller(path: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${path} is the installer itself, which the copy would replace.`,
    next: "Move the installer to another folder and run it again; the published image is not built again.",
  });
}
