import { vsphereTargetId } from "../../../schema/targets/identity";
import { StylusError } from "../../../base/errors";
import { formatSize } from "../../../base/size";
import type { Publication } from "../../../schema/state";
import { type VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { pause } from "../../../base/cancellation";
import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { datastorePath, folderPath, vsphereUri } from "../address";
import { isFault } from "../client/server-fault";
import { copyDisk, readDiskFacts, moveDisk, removeDisk } from "./disks";
import { createSidecar, examine, sidecarOf, removeSidecar } from "./sidecar";
import { makeFolder, moveFile, removeFile } from "./file-tasks";
import { uploadFile, type Storage } from "./files";
import { findDatastore } from "../client/inventory";
import { partialPath, sweepPartials } from "./partials";

/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;

/** Publishes a file or a disk, or reuses the published one if it is the same. */
export async function publishToDatastore(
  storage: Storage,
  spec: VsphereTargetSpec,
  artifact: LocalArtifact & { readonly sha256: string },
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { format, sizeBytes, sha256, mediaType, artifactKey, name } = artifact;
  const path = datastorePath(spec, name);
  if (!(await isPublished(storage, spec, path, artifact))) {
    if (storage.placement.freeBytes < sizeBytes) throw fullError(storage, sizeBytes);
    await makeFolder(storage, path.slice(0, path.lastIndexOf("/")));
    await sweepPartials(storage, path, "abandoned");
    await send(storage, spec, path, artifact, options).catch(async (thrown: unknown) => {
      // A server whose datastore becomes full may close the connection without a response.
      const { freeBytes } = await findDatastore(storage.soap, spec, storage.signal).catch(
        () => storage.placement,
      );
      if (freeBytes < sizeBytes)
        throw fullError({ ...storage, placement: { ...storage.placement, freeBytes } }, sizeBytes);
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
        what: `${vsphereUri(spec, artifact.name)} already exists with other content.`,
        why: `${verdict.why} Files that this program did not write, or that were changed, are never overwritten.`,
        next: "Move it elsewhere in vCenter, or publish into another folder.",
      });
  }
}

/** Uploads to a unique temporary name, so that two programs never write to one file, and renames it at the end. */
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
    const disk = isDisk ? await readDiskFacts(storage, copied) : undefined;
    const sidecar = sidecarOf(artifact, artifact.sha256, disk);
    // The sidecar is created before the file, so that a file of ours always has one.
    for (let tries = 1; !(await createSidecar(storage, path, sidecar)); tries += 1) {
      if (await fileAppears(storage, spec, path, artifact)) return;
      if (tries > 1) throw new Error("another program publishes and removes the same artifact");
      // The sidecar belongs to a removed file, or to a program that was killed.
      await removeSidecar(storage, path);
    }
    await moveToFinalName(storage, spec, isDisk ? copied : sent, path, artifact);
  } finally {
    const cleaning = { ...storage, signal: AbortSignal.timeout(cleanupTimeout) };
    if (isDisk) await removeDisk(cleaning, copied).catch(() => undefined);
    await clean(cleaning, sent);
    if (!hasArrived) {
      // The server may create or still use the file for a moment after the connection was closed.
      await pause(1000, cleaning.signal).catch(() => undefined);
      await clean(cleaning, sent);
    }
  }
}

async function moveToFinalName(
  storage: Storage,
  spec: VsphereTargetSpec,
  from: string,
  path: string,
  artifact: LocalArtifact,
): Promise<void> {
  try {
    await (artifact.format === "vmdk" ? moveDisk : moveFile)(storage, from, path);
  } catch (thrown) {
    await removeSidecar(storage, path).catch(() => undefined);
    if (!isFault(thrown, "FileAlreadyExists")) throw thrown;
    if (!(await isPublished(storage, spec, path, artifact))) throw thrown;
  }
}

/** Whether the file of an existing sidecar appears soon; if not, the program that created the sidecar was killed. */
async function fileAppears(
  storage: Storage,
  spec: VsphereTargetSpec,
  path: string,
  artifact: LocalArtifact,
): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await isPublished(storage, spec, path, artifact)) return true;
    await pause(500, storage.signal);
  }
  return false;
}

/** Removes a temporary file. A failure is ignored: the upload's own error is reported. */
async function clean(storage: Storage, sent: string): Promise<void> {
  await removeFile(storage, sent).catch(() => undefined);
}

function urlOf({ placement }: Storage, { server }: VsphereTargetSpec, path: string): string {
  return `https://${server}${folderPath(placement.datacenterPath, placement.datastore, path)}`;
}

function fullError({ placement }: Storage, sizeBytes: number): StylusError {
  return new StylusError("publish.failed", {
    what: `The datastore "${placement.datastore}" has ${formatSize(placement.freeBytes)} free, but the artifact has ${formatSize(sizeBytes)}.`,
    next: "Free space in vCenter, or publish to another datastore; no incomplete file is left.",
  });
}
