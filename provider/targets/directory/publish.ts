import { link, lstat, rename, stat, unlink } from "node:fs/promises";
import { StylusError } from "../../base/errors";
import type { PublishedFile } from "../../schema/state";
import { hashFile } from "../../system/files/hash";
import { withLock } from "../../system/lock/lock";
import { throwIfCancelled } from "../../base/cancellation";
import { quarantine, writeChecksum, writeSidecar } from "./sidecar";
import { copySparse } from "../../system/files/copy-sparse";
import { compareFile } from "./find";
import { fileUri, type FilePaths } from "./layout";
import { lacksHardLinks, makeFolder, syncFolder, unlessMissing } from "./records";
import { fileError, systemCode } from "../../system/files/errors";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";

/** Publishes a file under its final name, or reuses the same one that is there. */
export async function publishToDirectory(
  place: FilePaths,
  targetId: string,
  artifact: LocalFile,
  options: ProgressOptions,
): Promise<PublishedFile> {
  try {
    // Held while copying: whoever publishes the same waits, and finds it there.
    return await withLock(place.lock, options, async (signal) => {
      const locked = { ...options, signal };
      await makeFolder(place.folder);
      const sha256 = (await reuse(place, artifact, signal)) ?? (await add(place, artifact, locked));
      const known = sha256 === "unknown" ? undefined : sha256;
      if (known !== undefined) await writeChecksum(place.folder, place.file, known);
      options.onProgress(artifact.sizeBytes, artifact.sizeBytes);
      const uri = fileUri(place.path);
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
    throw fileError(thrown, `publish ${place.path}`, options.signal);
  }
}

/** The SHA-256 (or `unknown`) of the same file that is there already, or undefined where there is none. */
async function reuse(
  place: FilePaths,
  artifact: LocalFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reference = () => hashFile(artifact.path, { signal, onProgress: () => undefined });
  const verdict = await compareFile(place, artifact, signal, reference);
  switch (verdict.state) {
    case "missing":
      return undefined;
    case "same":
      if (!verdict.noted) {
        await writeSidecar(place, verdict.stats, { ...artifact, sha256: verdict.sha256 });
      }
      return verdict.sha256 ?? "unknown";
    case "different":
      if (!verdict.ours) throw nameTaken(place, verdict.why);
      await quarantine(place);
      return undefined;
  }
}

async function add(
  place: FilePaths,
  artifact: LocalFile,
  options: ProgressOptions,
): Promise<string> {
  await copySparse(artifact.path, place.partial, options);
  try {
    const stats = await stat(place.partial, { bigint: true });
    if (stats.size !== BigInt(artifact.sizeBytes)) {
      throw new StylusError("publish.failed", {
        what: `${artifact.path} has ${stats.size} bytes, expected ${artifact.sizeBytes}.`,
        why: "Another program changed it after it was made.",
        next: "Run the build again; it makes the file anew.",
      });
    }
    // The note is there before the file, so that no file of ours is ever taken for a foreign one.
    await writeSidecar(place, stats, artifact);
    throwIfCancelled(options.signal);
    await giveFinalName(place);
    await syncFolder(place.folder);
    await syncFolder(place.root);
  } finally {
    await unlink(place.partial).catch(unlessMissing);
  }
  return artifact.sha256 ?? "unknown";
}

/** link(2) fails where a name is taken; rename(2) would overwrite. */
async function giveFinalName(place: FilePaths): Promise<void> {
  try {
    await link(place.partial, place.path);
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") throw nameTaken(place, "It appeared while we copied.");
    if (!lacksHardLinks(thrown)) throw thrown;
    // Without hard links the lock keeps our own programs apart, and this look everybody else, nearly.
    const taken = await lstat(place.path).catch(unlessMissing);
    if (taken !== undefined) throw nameTaken(place, "It appeared while we copied.");
    await rename(place.partial, place.path);
  }
}

function nameTaken(place: FilePaths, why: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${place.path} is there already and is not the artifact to be published.`,
    why: `${why} A file that this program did not write is never overwritten.`,
    next: "Move it elsewhere, or publish to another folder.",
  });
}
