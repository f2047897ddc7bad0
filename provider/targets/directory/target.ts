import { directoryTargetId } from "../../schema/targets/identity";
import { rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../../base/context";
import type { DirectoryTargetSpec } from "../../schema/targets/directory";
import type { Publication, PublishedFile } from "../../schema/state";
import { withLock } from "../../system/lock/lock";
import { checkDirectory } from "./check-access";
import { writeChecksum } from "./checksums";
import { createExclusively, unlessMissing } from "./durable-files";
import { modifiedFiles } from "./quarantine";
import { removeSidecar } from "./sidecar";
import { copySparse } from "../../system/files/copy-sparse";
import { compareFile, findInDirectory } from "./find";
import { registerDirectory } from "./machine-id";
import { addressInFolder, pathsOf, pathsOfUri } from "./layout";
import { directoryPlace } from "./place";
import { publishToDirectory } from "./publish";
import { directoryRecords } from "./records";
import { fileError } from "../../system/files/errors";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";
import { alteredSource, missingSource } from "../source-error";
import { absentResult, type RemoveResult } from "../remove-result";
import type { RecordingTarget } from "../target";

export { directoryRecords } from "./records";

/** A folder of this machine, or a mounted one. */
export function directoryTarget(
  spec: DirectoryTargetSpec,
  options: Pick<Context, "rootDirectory" | "cacheDirectory">,
): RecordingTarget {
  const { cacheDirectory } = options;
  const root = resolve(options.rootDirectory, spec.path);
  const id = directoryTargetId(spec);
  const records = directoryRecords(root, id);
  const publish = async (file: LocalFile, publishOptions: ProgressOptions) => {
    await markDirectory(root, cacheDirectory, publishOptions.signal);
    return publishToDirectory(pathsOf(root, file.name), id, file, publishOptions);
  };
  const remove = (file: PublishedFile, signal: AbortSignal) =>
    removeFromDirectory(root, file, signal);
  return {
    id,
    capabilities: {
      records,
      place: directoryPlace(root, records),
      files: { publish, remove },
      addresses: { addressOf: (file) => Promise.resolve(addressInFolder(root, file)) },
      localFolder: {
        contains: (uri) => uri.startsWith("file:") && pathsOfUri(root, uri).publishedRoot === root,
      },
    },
    checkAccess: (needs, signal) => checkDirectory(root, needs, signal),
    find: (publication, signal) => findInDirectory(root, cacheDirectory, publication, signal),
    publish: async (artifact, publishOptions) => ({
      format: artifact.format,
      ...(await publish(artifact, publishOptions)),
    }),
    remove,
    retrieve: (publication, path, retrieveOptions) =>
      retrieveFromDirectory(root, publication, path, retrieveOptions),
  };
}

async function markDirectory(
  root: string,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await registerDirectory(root, cacheDirectory, signal);
  } catch (thrown) {
    throw fileError(thrown, `write the marker of this machine to ${root}`, signal);
  }
}

/**
 * Removes the unmodified file, its checksum, its sidecar and the empty folder. Nothing is written if nothing is there:
 * the folder may be the mount point of a file system that is not mounted.
 */
async function removeFromDirectory(
  root: string,
  publication: PublishedFile,
  signal: AbortSignal,
): Promise<RemoveResult> {
  const { paths } = pathsOfUri(root, publication.uri);
  try {
    if ((await stat(paths.folder).catch(unlessMissing)) === undefined) {
      await removeSidecar(paths);
      return absentResult;
    }
    // Created here rather than by flock, for a readable error.
    await createExclusively(paths.lock, "", signal);
    return await withLock(paths.lock, { signal }, async (locked) => {
      const comparison = await compareFile(paths, publication, locked);
      // An altered file may be the disk of a running virtual machine.
      if (comparison.state === "same") await unlink(paths.path);
      await rm(paths.partial, { force: true });
      await writeChecksum(paths.folder, paths.file, undefined);
      await removeSidecar(paths);
      const left = await modifiedFiles(paths);
      // Fails if the folder holds other files.
      await rmdir(paths.folder).catch(() => undefined);
      return { state: removeStates[comparison.state], left };
    });
  } catch (thrown) {
    throw fileError(thrown, `remove ${paths.path}`, signal);
  }
}

const removeStates = { same: "removed", different: "altered", missing: "absent" } as const;

async function retrieveFromDirectory(
  root: string,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const { paths } = pathsOfUri(root, publication.uri);
  const partial = `${path}.partial`;
  try {
    const comparison = await compareFile(paths, publication, options.signal);
    if (comparison.state === "missing") throw missingSource(paths.path);
    if (comparison.state !== "same") throw alteredSource(paths.path, comparison.why);
    await copySparse(paths.path, partial, options);
    await rename(partial, path);
    options.onProgress(publication.sizeBytes, publication.sizeBytes);
  } catch (thrown) {
    throw fileError(thrown, `copy ${paths.path} to ${path}`, options.signal);
  }
}
