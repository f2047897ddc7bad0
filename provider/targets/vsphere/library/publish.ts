import { vsphereTargetId } from "../../../schema/targets/identity";
import { randomBytes } from "node:crypto";
import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import { type VsphereTargetSpec } from "../../../schema/targets/vsphere";
import type { ProgressOptions } from "../../../system/files/progress-options";
import type { LocalArtifact } from "../../local-artifact";
import { vsphereUri } from "../address";
import { isFault } from "../client/server-fault";
import {
  createItem,
  deleteItem,
  findItem,
  findLibrary,
  listFiles,
  listItems,
  readItem,
  updateItem,
  type Library,
  type LibraryItem,
} from "./items";
import { itemsBeingUploaded, uploadToItem } from "./upload";
import { descriptionOf, itemDifference, markerOf, type Marker } from "./marker";
import type { Rest } from "../client/rest";

/** In milliseconds; a cancelled build waits for the cleanup. */
const cleanupTimeout = 20_000;
const uploading = "-uploading-";

/** An artifact's name in a library, which has no folders: the last part of the name is unique by itself. */
export function itemName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Publishes an item, or reuses the published one if it is the same. */
export async function publishToLibrary(
  rest: Rest,
  spec: VsphereTargetSpec,
  artifact: LocalArtifact & { readonly sha256: string },
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { signal } = options;
  const { format, sizeBytes, sha256, mediaType, artifactKey } = artifact;
  const library = await findLibrary(rest, spec, signal);
  const name = itemName(artifact.name);
  const id =
    (await findPublished(rest, spec, library, name, artifact, signal)) ??
    (await add(rest, spec, library, name, artifact, options));
  options.onProgress(sizeBytes, sizeBytes);
  return {
    format,
    target: vsphereTargetId(spec),
    uri: vsphereUri(spec, name),
    url: `https://${spec.server}/api/content/library/item/${encodeURIComponent(id)}`,
    sizeBytes,
    sha256,
    mediaType,
    artifactKey,
  };
}

/** The ID of the item if it is this artifact. Anything else under its name is an error. */
async function findPublished(
  rest: Rest,
  spec: VsphereTargetSpec,
  library: Library,
  name: string,
  artifact: LocalArtifact,
  signal: AbortSignal,
): Promise<string | undefined> {
  const item = await findItem(rest, library, name, signal);
  if (item === undefined) return undefined;
  const why = itemDifference(item, await listFiles(rest, item.id, signal), artifact);
  if (why === undefined) return item.id;
  throw new StylusError("publish.name-taken", {
    what: `${vsphereUri(spec, name)} already exists with other content.`,
    why: `${why} Items that this program did not create, or that were changed, are never overwritten.`,
    next: "Rename the item in vCenter, or publish to another library.",
  });
}

/** Uploads to a temporary item, which gets its name when it is complete: names are unique, so only one of two programs succeeds. */
async function add(
  rest: Rest,
  spec: VsphereTargetSpec,
  library: Library,
  name: string,
  artifact: LocalArtifact & { readonly sha256: string },
  options: ProgressOptions,
): Promise<string> {
  const { signal } = options;
  const { artifactKey, sha256, sizeBytes } = artifact;
  if (library.type === "SUBSCRIBED") throw subscribedError(spec, library);
  await sweepUploads(rest, library, name, artifactKey, signal);
  const marker: Marker = { artifactKey, sha256, sizeBytes };
  const id = await createItem(
    rest,
    {
      library_id: library.id,
      name: `${name}${uploading}${randomBytes(6).toString("hex")}`,
      description: descriptionOf(marker),
      type: artifact.format === "ova" ? "ovf" : "iso",
    },
    signal,
  );
  try {
    await uploadToItem(rest, id, artifact, name, options);
    const files = await listFiles(rest, id, signal);
    await updateItem(rest, id, { name, description: descriptionOf({ ...marker, files }) }, signal);
    return id;
  } catch (thrown) {
    await deleteItem(rest, id, AbortSignal.timeout(cleanupTimeout)).catch(() => undefined);
    if (!isFault(thrown, "already_exists")) throw thrown;
    const other = await findPublished(rest, spec, library, name, artifact, signal);
    if (other === undefined) throw thrown;
    return other;
  }
}

/** Removes the temporary items that killed programs left of this artifact; an item with an active upload stays. */
export async function sweepUploads(
  rest: Rest,
  library: Library,
  name: string,
  artifactKey: string,
  signal: AbortSignal,
): Promise<void> {
  const left: LibraryItem[] = [];
  for (const id of await listItems(rest, library, signal)) {
    const item = await readItem(rest, id, signal);
    if (item?.name.startsWith(name + uploading) !== true) continue;
    if (markerOf(item)?.artifactKey === artifactKey) left.push(item);
  }
  if (left.length === 0) return;
  const active = await itemsBeingUploaded(rest, signal);
  for (const { id } of left) if (!active.has(id)) await deleteItem(rest, id, signal);
}

export function subscribedError(spec: VsphereTargetSpec, { name }: Library): StylusError {
  return new StylusError("publish.failed", {
    what: `Cannot publish to ${vsphereTargetId(spec)}.`,
    why: `The content library "${name}" is subscribed to another one, and takes its items from there only.`,
    next: "Publish to the library that it is subscribed to, or to another local one.",
  });
}
