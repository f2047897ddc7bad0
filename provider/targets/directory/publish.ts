import { link, lstat, rename, stat, unlink } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import type { PublishedFile } from "../../schema/state";
import { hashFile } from "../../system/files/hash";
import { withLock } from "../../system/lock/lock";
import { throwIfCancelled } from "../../base/cancellation";
import { writeChecksum } from "./checksums";
import { lacksHardLinks, makeFolder, syncFolder, unlessMissing } from "./durable-files";
import { quarantine } from "./quarantine";
import { writeSidecar } from "./sidecar";
import { copySparse } from "../../system/files/copy-sparse";
import { compareFile } from "./find";
import { fileUri, type FilePaths } from "./layout";
import { fileError, systemCode } from "../../system/files/errors";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";

/** Publishes a file under its final name, or reuses an identical existing file. */
export async function publishToDirectory(
  paths: FilePaths,
  targetId: string,
  artifact: LocalFile,
  options: ProgressOptions,
): Promise<PublishedFile> {
  try {
    // Held while copying: another program that publishes the same file waits, then reuses it.
    return await withLock(paths.lock, options, async (signal) => {
      const locked = { ...options, signal };
      await makeFolder(paths.folder);
      const sha256 = (await reuse(paths, artifact, signal)) ?? (await add(paths, artifact, locked));
      const known = sha256 === "unknown" ? undefined : sha256;
      if (known !== undefined) await writeChecksum(paths.folder, paths.file, known);
      options.onProgress(artifact.sizeBytes, artifact.sizeBytes);
      const uri = fileUri(paths.path);
      const { sizeBytes, mediaType, artifactKey } = artifact;
      return {
        target: targetId,
        uri,
        url: uri,
        sizeBytes,
        sha256: known,
        mediaType,
        artifactKey,
      };
    });
  } catch (thrown) {
    throw fileError(thrown, `publish ${paths.path}`, options.signal);
  }
}

/** The SHA-256 (or `unknown`) of an identical existing file; undefined if the file has to be copied. */
async function reuse(
  paths: FilePaths,
  artifact: LocalFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hashOriginal = () => hashFile(artifact.path, { signal, onProgress: () => undefined });
  const comparison = await compareFile(paths, artifact, signal, hashOriginal);
  switch (comparison.state) {
    case "missing":
      return undefined;
    case "same":
      if (!comparison.hasCurrentSidecar) {
        await writeSidecar(paths, comparison.stats, { ...artifact, sha256: comparison.sha256 });
      }
      return comparison.sha256 ?? "unknown";
    case "different":
      if (!comparison.isOurs) throw nameTaken(paths, comparison.why);
      await quarantine(paths);
      return undefined;
  }
}

async function add(
  paths: FilePaths,
  artifact: LocalFile,
  options: ProgressOptions,
): Promise<string> {
  await copySparse(artifact.path, paths.partial, options);
  try {
    const stats = await stat(paths.partial, { bigint: true });
    if (stats.size !== BigInt(artifact.sizeBytes)) {
      throw new StylusError("publish.failed", {
        what: `${artifact.path} has ${stats.size} bytes, expected ${artifact.sizeBytes}.`,
        why: "Another program changed it after it was made.",
        next: "Run the build again; it makes the file anew.",
      });
    }
    // Written before the file, so that our own file is never mistaken for a foreign one.
    await writeSidecar(paths, stats, artifact);
    throwIfCancelled(options.signal);
    await giveFinalName(paths);
    await syncFolder(paths.folder);
    await syncFolder(paths.root);
  } finally {
    await unlink(paths.partial).catch(unlessMissing);
  }
  return artifact.sha256 ?? "unknown";
}

/** link(2) fails if the name exists; rename(2) would overwrite. */
async function giveFinalName(paths: FilePaths): Promise<void> {
  try {
    await link(paths.partial, paths.path);
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST")
      throw nameTaken(paths, "Another program created it during the copy.");
    if (!lacksHardLinks(thrown)) throw thrown;
    // Without hard links, the lock excludes our own programs; this check leaves others only a short race.
    const existing = await lstat(paths.path).catch(unlessMissing);
    if (existing !== undefined)
      throw nameTaken(paths, "Another program created it during the copy.");
    await rename(paths.partial, paths.path);
  }
}

function nameTaken(paths: FilePaths, why: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${paths.path} already exists with other content.`,
    why: `${why} Files that this program did not write are never overwritten.`,
    next: "Move it elsewhere, or publish to another folder.",
  });
}
