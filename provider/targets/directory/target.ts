import { rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../../base/context";
import { StylusError } from "../../base/errors";
import type { DirectoryTargetSpec } from "../../schema/targets/target";
import type { Publication, PublishedFile } from "../../schema/state";
import { withLock } from "../../system/lock/lock";
import { modifiedFiles, removeSidecar, writeChecksum } from "./sidecar";
import { copySparse } from "../../system/files/copy-sparse";
import { compareFile, findInDirectory } from "./find";
import { registerDirectory } from "./machine-id";
import { directoryTargetId, pathsOf, pathsOfUri } from "./layout";
import { publishToDirectory } from "./publish";
import { createExclusively, directoryRecords, unlessMissing } from "./records";
import { fileError } from "../../system/files/errors";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalFile } from "../local-artifact";
import type { RecordingTarget } from "../target";

export { directoryRecords } from "./records";

/** A folder of this machine, or one that is mounted here. */
export function directoryTarget(
  spec: DirectoryTargetSpec,
  options: Pick<Context, "rootDirectory" | "cacheDirectory">,
): RecordingTarget {
  const { cacheDirectory } = options;
  const root = resolve(options.rootDirectory, spec.path);
  const id = directoryTargetId(spec);
  const publish = async (file: LocalFile, publishOptions: ProgressOptions) => {
    await markDirectory(root, cacheDirectory, publishOptions.signal);
    return publishToDirectory(pathsOf(root, file.name), id, file, publishOptions);
  };
  const remove = (file: PublishedFile, signal: AbortSignal) =>
    removeFromDirectory(root, file, signal);
  return {
    id,
    capabilities: {
      records: directoryRecords(root, id),
      files: { publish, remove },
      localFolder: {
        contains: (uri) => uri.startsWith("file:") && pathsOfUri(root, uri).writtenRoot === root,
        modifiedFiles: ({ uri }) => modifiedFiles(pathsOfUri(root, uri).place),
      },
    },
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
    throw fileError(thrown, `mark ${root} as a folder of this machine`, signal);
  }
}

/** Removes what we wrote: the file unless it was altered since, its line, its note, the empty folder. */
async function removeFromDirectory(
  root: string,
  publication: PublishedFile,
  signal: AbortSignal,
): Promise<void> {
  const { place } = pathsOfUri(root, publication.uri);
  try {
    if ((await stat(place.folder).catch(unlessMissing)) === undefined) {
      await removeSidecar(place);
      return;
    }
    // Created here, where a refusal has its proper words, and not by the tool that locks it.
    await createExclusively(place.lock, "", signal);
    await withLock(place.lock, { signal }, async (locked) => {
      const verdict = await compareFile(place, publication, locked);
      // An altered file may be the disk of a running virtual machine by now: it is not ours to delete.
      if (verdict.state === "same") await unlink(place.path);
      await rm(place.partial, { force: true });
      await writeChecksum(place.folder, place.file, undefined);
      await removeSidecar(place);
      // Refuses a folder with anything else in it.
      await rmdir(place.folder).catch(() => undefined);
    });
  } catch (thrown) {
    throw fileError(thrown, `remove ${place.path}`, signal);
  }
}

async function retrieveFromDirectory(
  root: string,
  publication: Publication,
  path: string,
  options: ProgressOptions,
): Promise<void> {
  const { place } = pathsOfUri(root, publication.uri);
  const partial = `${path}.partial`;
  try {
    const verdict = await compareFile(place, publication, options.signal);
    if (verdict.state !== "same") {
      throw new StylusError(verdict.state === "missing" ? "publish.not-found" : "publish.failed", {
        what: `${place.path} cannot be used as a source.`,
        why: verdict.state === "missing" ? "It is not there." : verdict.why,
        next: "Restore the file, or run the build again, which makes it anew.",
      });
    }
    await copySparse(place.path, partial, options);
    await rename(partial, path);
    options.onProgress(publication.sizeBytes, publication.sizeBytes);
  } catch (thrown) {
    throw fileError(thrown, `copy ${place.path} to ${path}`, options.signal);
  }
}
