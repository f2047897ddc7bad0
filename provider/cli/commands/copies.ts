import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "../../base/context";
import { copySparse } from "../../system/files/copy-sparse";
import { syncFolder } from "../../targets/directory/records";
import { fileError } from "../../system/files/errors";
import { StylusError, type InputProblem } from "../../base/errors";
import type { ImageState } from "../../schema/state";
import { withLock } from "../../system/lock/lock";
import { workspaceAt } from "../../system/workspace";
import { formatNamesOf } from "../options/format";
import type { ImageOptions } from "../options/image";

/** A file of a name that does not change, beside publications whose names do. */
interface Copy {
  readonly format: string;
  /** Absolute. */
  readonly path: string;
}

type CopyOptions = Pick<ImageOptions, "copy" | "installer" | "format" | "to">;

export interface CopyContext extends Pick<Context, "cacheDirectory" | "signal"> {
  readonly note: (text: string) => void;
}

/** Leaves the copies that `--copy` asks for, last of all; one that is there already is not written again. */
export async function leaveCopies(
  options: CopyOptions,
  { artifacts }: Pick<ImageState, "artifacts">,
  context: CopyContext,
): Promise<void> {
  const installer = await stat(options.installer ?? "", { bigint: true }).catch(() => undefined);
  for (const { format, path } of copiesOf(options)) {
    if (installer !== undefined && (await isFile(path, installer))) throw isInstaller(path);
    const published = artifacts.find((it) => it.format === format && it.url.startsWith("file:"));
    if (published === undefined) throw new Error(`no folder has the ${format}`);
    const lock = createHash("sha256").update(path).digest("hex");
    const { signal } = context;
    await withLock(workspaceAt(context.cacheDirectory).lock(`copy-${lock}`), { signal }, (locked) =>
      leaveCopy(fileURLToPath(published.url), path, { ...context, signal: locked }),
    );
  }
}

async function leaveCopy(from: string, to: string, { note, signal }: CopyContext): Promise<void> {
  try {
    const source = await stat(from);
    const there = await stat(to).catch(() => undefined);
    // A published file never changes, so the same size and time are the same bytes, unless somebody wrote into the copy.
    if (there?.size === source.size && there.mtime.getTime() === source.mtime.getTime()) {
      note(`${to} is the same already.`);
      return;
    }
    await mkdir(dirname(to), { recursive: true });
    // What a killed run left under this name is overwritten by the next one.
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
    throw fileError(thrown, `leave a copy as ${to}`, signal);
  }
}

async function isFile(path: string, { dev, ino }: BigIntStats): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  return there?.dev === dev && there.ino === ino;
}

/** By another path: that of the option itself is refused before anything is built. */
function isInstaller(path: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${path} is the installer itself, which the copy would replace.`,
    next: "Move the installer to another folder; the image is published and not built again.",
  });
}

/** What is wrong with `--copy`. */
export function copyProblems(options: CopyOptions): InputProblem[] {
  const { copy = [], installer, to } = options;
  const path = "--copy";
  const formats = formatNamesOf(options.format);
  const copies = copiesOf(options);
  const refusals = copy.flatMap((text) => {
    const [, format] = wellFormed.exec(text) ?? [];
    if (format === undefined)
      return [`"${text}" is not of the form format=file, such as qcow2=edge.qcow2`];
    return formats.includes(format) ? [] : [`"${text}" needs --format ${format}`];
  });
  copies.forEach((one, index) => {
    if (copies.findIndex((other) => other.path === one.path) < index) {
      refusals.push(`names ${one.path} twice`);
    }
    if (installer !== undefined && one.path === resolve(installer)) {
      refusals.push(`would replace the installer ${installer} itself; move that to another folder`);
    }
  });
  if (copies.length > 0 && to?.every((target) => target.includes("://")) === true) {
    refusals.push("needs a folder among --to, to copy from");
  }
  return refusals.map((reason) => ({ path, reason }));
}

const wellFormed = /^([a-z0-9]+)=(.*[^/])$/s;

function copiesOf({ copy = [], installer = "" }: CopyOptions): Copy[] {
  return copy.flatMap((text) => {
    const [, format, file] = wellFormed.exec(text) ?? [];
    if (format === undefined || file === undefined) return [];
    return [{ format, path: resolve(file.replaceAll("*", () => installerName(installer))) }];
  });
}

/** `https://host/Edge%20Installer-4.5.iso?signature` as `Edge Installer-4.5`: as the old builder named its images. */
export function installerName(installer: string): string {
  const isUrl = /^https?:\/\//i.test(installer);
  const name = basename(isUrl ? decode(installer.replace(/[?#].*$/s, "")) : installer);
  return name.replace(/\.iso$/i, "") || "image";
}

function decode(url: string): string {
  const name = url.replace(/.*\//s, "");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
