import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { cancelled } from "../../base/cancellation";
import { StylusError, describeThrown } from "../../base/errors";
import { type IsoPiece, bundlePieces } from "../../plan/iso/layout";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import type { IsoFile } from "../../system/iso/tree";

type BundlePiece = IsoPiece & { readonly file: string };

/** A content bundle, cut into the pieces that Palette's installer accepts. */
interface Bundle {
  readonly file: string;
  readonly pieces: readonly BundlePiece[];
}

/** Reads the content bundles and checks that none changed since the plan was made. */
export async function readBundles(
  { contentBundles }: FormatOf<"iso">,
  rootDirectory: string,
  signal: AbortSignal,
): Promise<readonly Bundle[]> {
  const bundles: Bundle[] = [];
  for (const { path, sha256 } of contentBundles) {
    const file = resolve(rootDirectory, path);
    try {
      const actual = await hashFile(file, { signal, onProgress: () => undefined });
      if (sha256 !== undefined && actual !== sha256) throw replaced(file, actual, sha256);
      const { size } = await stat(file);
      if (size === 0) throw empty(file);
      const pieces = bundlePieces(path, size).map((piece) => ({ ...piece, file }));
      bundles.push({ file, pieces });
    } catch (thrown) {
      if (signal.aborted) throw cancelled(signal);
      throw thrown instanceof StylusError ? thrown : unreadable(file, thrown);
    }
  }
  return bundles;
}

/**
 * Fails if the installer already has a bundle of the same name: it would join the pieces of both.
 */
export function requireNewNames(
  bundles: readonly Bundle[],
  installed: readonly Pick<IsoFile, "path">[],
): void {
  for (const { pieces, file } of bundles) {
    const stem = pieces[0]?.path.replace(/\d+$/, "") ?? "";
    const existing = installed.find(({ path }) => path.startsWith(stem));
    if (existing === undefined) continue;
    throw new StylusError("input.invalid", {
      what: `The installer already contains a content bundle named like ${file}: ${existing.path}.`,
      why: "The installer would join the pieces of both into one bundle.",
      next: "Rename the file, or remove it from `contentBundles`.",
    });
  }
}

function empty(file: string): StylusError {
  return new StylusError("installer.truncated", {
    what: `The content bundle ${file} is empty.`,
    why: "The program that writes it failed or is still running.",
    next: "Create the file again, or remove it from `contentBundles`.",
  });
}

function replaced(file: string, actual: string, expected: string): StylusError {
  return new StylusError("installer.changed", {
    what: `The content bundle ${file} has the SHA-256 ${actual}, expected ${expected}.`,
    why: "The file was replaced after the image was planned, or `sha256` belongs to another file.",
    next: "Run the command again to use the present file, or correct `contentBundles`.",
  });
}

function unreadable(file: string, thrown: unknown): StylusError {
  return new StylusError("installer.not-found", {
    what: `The content bundle ${file} cannot be read: ${describeThrown(thrown)}.`,
    next: "Restore the file, or correct `contentBundles`.",
    cause: thrown,
  });
}

/** Records the state of files, so that a write between hashing and copying is noticed. */
export async function watchForChanges(
  files: readonly string[],
): Promise<{ readonly requireUnchanged: () => Promise<void> }> {
  const before = await Promise.all(files.map(stampOf));
  return {
    requireUnchanged: async () => {
      const after = await Promise.all(files.map(stampOf));
      const changed = files.find((_, index) => after[index] !== before[index]);
      if (changed !== undefined) throw changedMeanwhile(changed);
    },
  };
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (found === undefined) return "missing";
  const { size, mtimeNs, ctimeNs, ino, dev } = found;
  return [size, mtimeNs, ctimeNs, ino, dev].join(" ");
}

function changedMeanwhile(file: string): StylusError {
  return new StylusError("installer.changed", {
    what: `${file} changed while the ISO was being made from it.`,
    next: "Run the command again when the program that writes the file has ended.",
  });
}
