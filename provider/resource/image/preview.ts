import { targetId } from "../../schema/targets/identity";
import type { Context } from "../../base/context";
import { recordedImage, vsphereFacts } from "../../plan/image-outputs";
import { isPublicationOf } from "../../plan/keys";
import { destinationsOf } from "../../plan/make-plan";
import { withTemplate } from "../../plan/template";
import { recordsOf } from "../../records/scope";
import type { ImageSpec } from "../../schema/image";
import {
  noInstance,
  publicationSchema,
  type Destination,
  type Publication,
} from "../../schema/state";
import type { RecordStore } from "../../targets/record-store";
import { isPublishedAt } from "../../targets/target";
import type { Data } from "../handlers";
import { currentAddress } from "./current-address";
import { knownImageSchema, type Known, type KnownImage } from "./known-image";
import { readLost } from "./lost-publications";
import type { Resolved } from "./resolved";
import { cacheRecords, openAll } from "./target-pool";

/** Time for each target to return a record, and to find the artifacts. */
const milliseconds = 5000;

/** Images that one source describes, and which of their artifacts have to be checked at their target. */
interface Source {
  /**
   * Whether a publication in this source is at a target. Records of the local cache are shared by all projects of a user,
   * so a relative path in them may be another project's folder.
   */
  readonly isHeldAt: typeof isListedAt;
  readonly needsCheck: (publication: Publication) => boolean;
  readonly read: () => Promise<readonly (KnownImage | undefined)[]>;
}

/**
 * The outputs that `up` will leave unchanged, from the first source that has any: the local cache's record, the old
 * inputs, the records of the targets.
 */
export async function previewOutputs(
  spec: ImageSpec,
  resolved: Resolved,
  oldInputs: Data,
  context: Context,
): Promise<Known> {
  const places = destinationsOf(spec);
  for (const source of await sourcesOf(spec, resolved, oldInputs, context)) {
    const { needsCheck, read } = source;
    for (const image of await read()) {
      if (image === undefined) continue;
      const facts = image.facts && { ...image.facts, ...vsphereFacts(spec.formats) };
      const wanted = await selectWanted(spec, places, image, source, context);
      if (wanted.length === 0) continue;
      if (!wanted.some(needsCheck)) return { ...image, facts, places, artifacts: wanted };
      const { dropUnrecoverable } =
        require("./drop-unrecoverable") as typeof import("./drop-unrecoverable");
      const found = { ...image, artifacts: wanted };
      const limited = { ...context, milliseconds };
      const artifacts = await dropUnrecoverable(spec, found, needsCheck, limited);
      return { ...image, facts, places, artifacts };
    }
  }
  return { places, artifacts: [] };
}

async function sourcesOf(
  spec: ImageSpec,
  resolved: Resolved,
  oldInputs: Data,
  context: Context,
): Promise<Source[]> {
  const old = knownImageSchema.safeParse(oldInputs["known"]).data;
  const isLost = await readLost(context.cacheDirectory);
  const fromRecords = async (
    stores: readonly RecordStore[],
  ): Promise<readonly (KnownImage | undefined)[]> => {
    const { lookUpRecords, valuesOf } =
      require("../../records/lookup") as typeof import("../../records/lookup");
    const read = (store: RecordStore, signal: AbortSignal) =>
      imageFromRecord(store, resolved, signal);
    const answers = await lookUpRecords(stores, read, { signal: context.signal, milliseconds });
    return valuesOf(answers);
  };
  return [
    // Before the old inputs: a build on this machine may have made the image again since they were written.
    {
      isHeldAt: liesAt,
      needsCheck: isLost,
      read: () => fromRecords([cacheRecords(context)]),
    },
    {
      isHeldAt: isListedAt,
      needsCheck: isLost,
      read: () => Promise.resolve([isSameInstall(old, resolved) ? old : undefined]),
    },
    // Another machine may have published these and they may be gone since. Clients are only loaded here.
    {
      isHeldAt: isListedAt,
      needsCheck: () => true,
      read: () => fromRecords(recordsOf(openAll(spec.publishTo, context))),
    },
  ];
}

function isSameInstall(
  known: KnownImage | undefined,
  { installKey, requestKey }: Resolved,
): boolean {
  return installKey === undefined
    ? known?.requestKey === requestKey
    : known?.installKey === installKey;
}

async function selectWanted(
  spec: ImageSpec,
  places: readonly Destination[],
  image: KnownImage,
  { isHeldAt }: Source,
  context: Context,
): Promise<Publication[]> {
  const wanted = places.flatMap((destination) => {
    const format = spec.formats.find(({ type }) => type === destination.format);
    const found = image.artifacts.find(
      (it) =>
        isHeldAt(it, destination.target, spec, context) &&
        it.format === destination.format &&
        format !== undefined &&
        isPublicationOf(it, image, format),
    );
    return found === undefined ? [] : [{ ...found, target: destination.target }];
  });
  return Promise.all(wanted.map((found) => withCurrentUrl(found, spec, context)));
}

/** The publication with the address and the template that `up` will output. */
async function withCurrentUrl(
  publication: Publication,
  spec: ImageSpec,
  context: Context,
): Promise<Publication> {
  const target = spec.publishTo.find((candidate) => targetId(candidate) === publication.target);
  if (target === undefined) return publication;
  const address = await currentAddress(target, publication, context);
  return withTemplate(target, { ...publication, ...address });
}

/** Whether a publication is at a target. The target is opened only if the ids differ: one directory has many paths. */
function isListedAt(
  publication: Publication,
  target: string,
  spec: ImageSpec,
  context: Context,
): boolean {
  return publication.target === target || liesAt(publication, target, spec, context);
}

/** Whether a publication is at a target, for a directory by its path. */
function liesAt(
  publication: Publication,
  target: string,
  spec: ImageSpec,
  context: Context,
): boolean {
  const isFile = target.startsWith("directory:") && publication.uri.startsWith("file:");
  if (!isFile) return publication.target === target;
  const { openTarget } =
    require("../../targets/open-target") as typeof import("../../targets/open-target");
  return spec.publishTo
    .filter((candidate) => candidate.type === "directory" && targetId(candidate) === target)
    .some((candidate) => isPublishedAt(openTarget(candidate, context), publication));
}

async function imageFromRecord(
  store: RecordStore,
  { installKey, requestKey }: Resolved,
  signal: AbortSignal,
): Promise<KnownImage | undefined> {
  const { readRecordedImage, readRequest } =
    require("../../records/record") as typeof import("../../records/record");
  const request =
    installKey === undefined && requestKey !== undefined
      ? await readRequest(store, requestKey, signal)
      : undefined;
  const key = installKey ?? request?.installKey;
  if (key === undefined) return undefined;
  const { head, publications } = await readRecordedImage(store, key, signal);
  if (head === undefined) return undefined;
  const artifacts = publications.map((entry) => publicationSchema.parse(entry));
  const state = { instance: noInstance, artifacts: [], pending: [] };
  const { virtualSizeBytes, firmware, guestId, scsiType } = recordedImage(head, state);
  return {
    installKey: key,
    requestKey,
    contentDigest: head.contentDigest,
    facts: { virtualSizeBytes, firmware, guestId, scsiType },
    artifacts,
  };
}
