import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError, describeThrown } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { hashFile } from "../../system/files/hash";
import type { FindResult } from "../find-result";
import { type FilePaths, pathsOfUri } from "./layout";
import { whyUncertain } from "./machine-id";
import { readChecksum } from "./checksums";
import { unlessMissing } from "./durable-files";
import { readSidecar, type Sidecar } from "./sidecar";

/** The content that a file should have. */
interface ExpectedFile {
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
      /** Whether the sidecar describes the file as it is now. */
      readonly hasCurrentSidecar: boolean;
    }
  | { readonly state: "different"; readonly why: string; readonly isOurs: boolean };

/**
 * Compares the file with the expected content. Size, time and inode decide where possible; the file is hashed only if
 * it was touched since its publication. `hashOriginal` is called if no SHA-256 is known; without it, a touched file of
 * unknown SHA-256 (an uncompressed disk) is `different`.
 */
export async function compareFile(
  paths: FilePaths,
  expected: ExpectedFile,
  signal: AbortSignal,
  hashOriginal?: () => Promise<string>,
): Promise<Comparison> {
  const stats = await stat(paths.path, { bigint: true }).catch(unlessMissing);
  if (stats === undefined) return { state: "missing" };
  const sidecar = await readSidecar(paths);
  const isOurs = sidecar?.artifactKey === expected.artifactKey;
  const different = (why: string): Comparison => ({ state: "different", why, isOurs });
  if (!stats.isFile())
    return { state: "different", why: "It is not a regular file.", isOurs: false };
  if (stats.size !== BigInt(expected.sizeBytes)) {
    return different(`It has ${stats.size} bytes, expected ${expected.sizeBytes}.`);
  }
  const known =
    expected.sha256 ?? sidecar?.sha256 ?? (await readChecksum(paths.folder, paths.file));
  const same = (hasCurrentSidecar: boolean): Comparison => ({
    state: "same",
    stats,
    sha256: known,
    hasCurrentSidecar,
  });
  if (isOurs && isUntouched(sidecar, stats) && sidecar.sha256 === known) return same(true);

  const wanted = known ?? (await hashOriginal?.());
  if (wanted !== undefined) {
    const actual = await hashFile(paths.path, { signal, onProgress: () => undefined });
    return actual === wanted
      ? same(false)
      : different(`Its SHA-256 is ${actual}, expected ${wanted}.`);
  }
  if (sidecar === undefined || sidecar.modified === String(stats.mtimeNs)) return same(false);
  return different(
    "It was written to after it was published, and no SHA-256 is known to compare its content with.",
  );
}

function isUntouched(sidecar: Sidecar, stats: BigIntStats): boolean {
  return sidecar.modified === String(stats.mtimeNs) && sidecar.inode === String(stats.ino);
}

/**
 * Looks for a publication. It is `absent` only from a directory that this machine has published into, and that is on the
 * same file system as then.
 */
export async function findInDirectory(
  root: string,
  cacheDirectory: string,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const { paths, publishedRoot } = pathsOfUri(root, publication.uri);
  try {
    const verdict = await compareFile(paths, publication, signal);
    switch (verdict.state) {
      case "same":
        return { state: "present" };
      case "different":
        return { state: "altered", why: `${paths.path}: ${verdict.why}` };
      case "missing":
        break;
    }
    const why = await whyUncertain(publishedRoot, cacheDirectory, signal);
    if (why === undefined) return { state: "absent" };
    return { state: "unreachable", why: `${paths.path} does not exist, and ${why}`, missing: true };
  } catch (thrown) {
    throwIfCancelled(signal);
    if (thrown instanceof StylusError && thrown.code === "internal") throw thrown;
    return {
      state: "unreachable",
      why: `${paths.path} cannot be read: ${describeThrown(thrown)}.`,
    };
  }
}
