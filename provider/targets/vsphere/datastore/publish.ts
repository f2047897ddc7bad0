import { StylusError } from "../../../base/errors";
import { formatSize } from "../../../base/size";
import type { Publication } from "../../../schema/state";
import { vsphereTargetId, type VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { pause } from "../../../base/cancellation";
import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { datastorePath, folderPath, vsphereUri } from "../address";
import { isFault } from "../client/server-fault";
import { copyDisk, lookAtDisk, moveDisk, removeDisk } from "./disks";
import { createNote, examine, noteOf, removeNote } from "./sidecar";
import { makeFolder, moveFile, removeFile } from "./file-tasks";
import { uploadFile, type Storage } from "./files";
import { findDatastore } from "../client/inventory";
import { partialPath, sweepPartials } from "./partials";

/** In milliseconds; a build that was cancelled waits for it. */
const longestCleaning = 20_000;

/** Publishes a file or a disk under its final name, or reuses the same one that is there. */
export async function publishToDatastore(
  storage: Storage,
  spec: VsphereTargetSpec,
  artifact: LocalArtifact & { readonly sha256: string },
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { format, sizeBytes, sha256, mediaType, artifactKey, name } = artifact;
  const path = datastorePath(spec, name);
  if (!(await isPublished(storage, spec, path, artifact))) {
    if (storage.place.freeBytes < sizeBytes) throw full(storage, sizeBytes);
    await makeFolder(storage, path.slice(0, path.lastIndexOf("/")));
    await sweepPartials(storage, path, "abandoned");
    await send(storage, spec, path, artifact, options).catch(async (thrown: unknown) => {
      // A server that runs full may hang up before it says so.
      const { freeBytes } = await findDatastore(storage.soap, spec, storage.signal).catch(
        () => storage.place,
      );
      if (freeBytes < sizeBytes)
        throw full({ ...storage, place: { ...storage.place, freeBytes } }, sizeBytes);
      throw thrown;
    });
  }
  options.onProgress(sizeBytes, sizeBytes);
  return {
    format,
    target: vsphereTargetId(spec),
    uri: vsphereUri(spec, name),
    url: urlOf(storage, spec, path),
    sizeBytes,
    sha256,
    mediaType,
    artifactKey,
  };
}

async function isPublished(
  storage: Storage,
  spec: VsphereTargetSpec,
  path: string,
  artifact: LocalArtifact,
): Promise<boolean> {
  const verdict = await examine(storage, path, artifact);
  switch (verdict.state) {
    case "missing":
      return false;
    case "same":
      return true;
    case "different":
      throw new StylusError("publish.name-taken", {
        what: `${vsphereUri(spec, artifact.name)} is there already and is not the artifact to be published.`,
        why: `${verdict.why} What this program did not write, or somebody changed, is never overwritten.`,
        next: "Move it elsewhere in vCenter, or publish into another folder.",
      });
  }
}

/** Under a name of its own until it is complete: two programs that publish the same never write into one file. */
async function send(
  storage: Storage,
  spec: VsphereTargetSpec,
  path: string,
  artifact: LocalArtifact & { readonly sha256: string },
  options: ProgressOptions,
): Promise<void> {
  const sent = partialPath(path, "uploading");
  const copied = partialPath(path, "copying");
  const isDisk = artifact.format === "vmdk";
  let hasArrived = false;
  try {
    await uploadFile(storage, sent, artifact, artifact.sha256, options);
    hasArrived = true;
    if (isDisk) await copyDisk(storage, sent, copied);
    const disk = isDisk ? await lookAtDisk(storage, copied) : undefined;
    const note = noteOf(artifact, artifact.sha256, disk);
    // The note is there before the file, so that no file of ours is ever taken for a foreign one.
    for (let tries = 1; !(await createNote(storage, path, note)); tries += 1) {
      if (await appears(storage, spec, path, artifact)) return;
      if (tries > 1) throw new Error("another program publishes and removes the same");
      // Of a file that was removed, or of a program that died.
      await removeNote(storage, path);
    }
    await giveFinalName(storage, spec, isDisk ? copied : sent, path, artifact);
  } finally {
    const cleaning = { ...storage, signal: AbortSignal.timeout(longestCleaning) };
    if (isDisk) await removeDisk(cleaning, copied).catch(() => undefined);
    await clean(cleaning, sent);
    if (!hasArrived) {
      // A server may create the file, or still hold it, a moment after we hung up.
      await pause(1000, cleaning.signal).catch(() => undefined);
      await clean(cleaning, sent);
    }
  }
}

async function giveFinalName(
  storage: Storage,
  spec: VsphereTargetSpec,
  from: string,
  path: string,
  artifact: LocalArtifact,
): Promise<void> {
  try {
    await (artifact.format === "vmdk" ? moveDisk : moveFile)(storage, from, path);
  } catch (thrown) {
    await removeNote(storage, path).catch(() => undefined);
    if (!isFault(thrown, "FileAlreadyExists")) throw thrown;
    if (!(await isPublished(storage, spec, path, artifact))) throw thrown;
  }
}

/** Whether the program that wrote the note gives its file the name: it does so at once, or it has died. */
async function appears(
  storage: Storage,
  spec: VsphereTargetSpec,
  path: string,
  artifact: LocalArtifact,
): Promise<boolean> {
  for (let looks = 0; looks < 20; looks += 1) {
    if (await isPublished(storage, spec, path, artifact)) return true;
    await pause(500, storage.signal);
  }
  return false;
}

/** Removes what is left of an upload, however it ended; where that fails, the reason was told already. */
async function clean(storage: Storage, sent: string): Promise<void> {
  await removeFile(storage, sent).catch(() => undefined);
}

function urlOf({ place }: Storage, { server }: VsphereTargetSpec, path: string): string {
  return `https://${server}${folderPath(place.datacenterPath, place.datastore, path)}`;
}

function full({ place }: Storage, sizeBytes: number): StylusError {
  return new StylusError("publish.failed", {
    what: `The datastore "${place.datastore}" has ${formatSize(place.freeBytes)} free, and ${formatSize(sizeBytes)} are to be published.`,
    next: "Free space in vCenter, or publish to another datastore; nothing half-written was left.",
  });
}
