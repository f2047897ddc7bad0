import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { cancelled } from "../../base/cancellation";
import { StylusError, describeThrown } from "../../base/errors";
import { type IsoPiece, bundlePieces } from "../../plan/iso/layout";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import type { IsoFile } from "../../system/iso/tree";

type BundlePiece = IsoPiece & { readonly file: string };

/** A content bundle in the pieces that Palette's installer takes. */
interface Bundle {
  readonly file: string;
  readonly pieces: readonly BundlePiece[];
}

/** The content bundles, each being what it was when it was planned. */
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

/** The installer joins whatever has a bundle's name and a number: pieces of two bundles would become one. */
export function requireNewNames(
  bundles: readonly Bundle[],
  installed: readonly Pick<IsoFile, "path">[],
): void {
  for (const { pieces, file } of bundles) {
    const stem = pieces[0]?.path.replace(/\d+$/, "") ?? "";
    const there = installed.find(({ path }) => path.startsWith(stem));
    if (there === undefined) continue;
    throw new StylusError("input.invalid", {
      what: `The installer carries a content bundle with the name of ${file} already: ${there.path}.`,
      why: "Its pieces and those of the new one would be taken for one bundle.",
      next: "Give the file another name, or leave it out of `contentBundles`.",
    });
  }
}

function empty(file: string): StylusError {
  return new StylusError("installer.truncated", {
    what: `The content bundle ${file} is empty.`,
    why: "What wrote it failed, or has not ended yet.",
    next: "Make it again, or leave it out of `contentBundles`.",
  });
}

function replaced(file: string, actual: string, expected: string): StylusError {
  return new StylusError("installer.changed", {
    what: `The content bundle ${file} has the SHA-256 ${actual}; when the image was planned it was ${expected}.`,
    why: "Somebody replaced the file in between, or `sha256` names another one.",
    next: "Run it again to take the file that is there now, or correct `contentBundles`.",
  });
}

function unreadable(file: string, thrown: unknown): StylusError {
  return new StylusError("installer.not-found", {
    what: `The content bundle ${file} cannot be read: ${describeThrown(thrown)}.`,
    next: "Put it there, or correct `contentBundles`.",
    cause: thrown,
  });
}

/**
 * Files as they are now, to be looked at again when all was read: what was hashed before is what an artifact holds only
 * if nobody wrote to it in between.
 */
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
    what: `${file} changed while the ISO was made of it.`,
    next: "Run it again when the program that writes it has ended.",
  });
}
