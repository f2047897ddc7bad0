import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError, describeThrown } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { hashFile } from "../../system/files/hash";
import type { FindResult } from "../find-result";
import { type FilePaths, pathsOfUri } from "./layout";
import { hasMarker, isRegistered } from "./machine-id";
import { unlessMissing } from "./records";
import { type Sidecar, readSidecar, readChecksum } from "./sidecar";

/** What a file should be. */
interface Expected {
  readonly artifactKey: string;
  readonly sizeBytes: number;
  readonly sha256?: string | undefined;
}

type Comparison =
  | { readonly state: "missing" }
  | {
      readonly state: "same";
      readonly stats: BigIntStats;
      readonly sha256: string | undefined;
      /** Whether the note still describes the file. */
      readonly noted: boolean;
    }
  | { readonly state: "different"; readonly why: string; readonly ours: boolean };

/**
 * Compares the file with what it should be. Size, time and inode decide where they can; the content
 * is hashed only where the file was touched since. `reference` hashes the original where no SHA-256
 * of the file is known; without it, an uncompressed disk that was touched counts as different.
 */
export async function compareFile(
  place: FilePaths,
  expected: Expected,
  signal: AbortSignal,
  reference?: () => Promise<string>,
): Promise<Comparison> {
  const stats = await stat(place.path, { bigint: true }).catch(unlessMissing);
  if (stats === undefined) return { state: "missing" };
  const note = await readSidecar(place);
  const ours = note?.artifactKey === expected.artifactKey;
  const different = (why: string): Comparison => ({ state: "different", why, ours });
  if (!stats.isFile()) return { state: "different", why: "It is not a regular file.", ours: false };
  if (stats.size !== BigInt(expected.sizeBytes)) {
    return different(`It has ${stats.size} bytes, expected ${expected.sizeBytes}.`);
  }
  const known = expected.sha256 ?? note?.sha256 ?? (await readChecksum(place.folder, place.file));
  const same = (noted: boolean): Comparison => ({ state: "same", stats, sha256: known, noted });
  if (ours && isUntouched(note, stats) && note.sha256 === known) return same(true);

  const wanted = known ?? (await reference?.());
  if (wanted !== undefined) {
    const actual = await hashFile(place.path, { signal, onProgress: () => undefined });
    return actual === wanted
      ? same(false)
      : different(`Its SHA-256 is ${actual}, expected ${wanted}.`);
  }
  if (note === undefined || note.modified === String(stats.mtimeNs)) return same(false);
  return different(
    "It was written to after it was published, and no SHA-256 is known that could tell whether its content is still the same.",
  );
}

function isUntouched(note: Sidecar, stats: BigIntStats): boolean {
  return note.modified === String(stats.mtimeNs) && note.inode === String(stats.ino);
}

/** Whether a publication is there. Only this machine's own folders can tell that something is gone. */
export async function findInDirectory(
  root: string,
  cacheDirectory: string,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const { place, writtenRoot } = pathsOfUri(root, publication.uri);
  try {
    const verdict = await compareFile(place, publication, signal);
    switch (verdict.state) {
      case "same":
        return { state: "present" };
      case "different":
        return { state: "altered", why: `${place.path}: ${verdict.why}` };
      case "missing":
        break;
    }
    if (writtenRoot === root && (await hasMarker(root))) return { state: "absent" };
    if (await isRegistered(writtenRoot, cacheDirectory, signal)) return { state: "absent" };
    return {
      state: "unreachable",
      why: `${place.path} is not there, and this machine never published into ${writtenRoot}: it lies on another machine, or a file system is not mounted.`,
    };
  } catch (thrown) {
    throwIfCancelled(signal);
    if (thrown instanceof StylusError && thrown.code === "internal") throw thrown;
    return {
      state: "unreachable",
      why: `${place.path} cannot be looked at: ${describeThrown(thrown)}.`,
    };
  }
}
