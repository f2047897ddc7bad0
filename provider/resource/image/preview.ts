import { z } from "zod";
import { isPublicationOf } from "../../plan/keys";
import { placesOf, targetId } from "../../plan/make-plan";
import { recordedImage, vsphereFacts } from "../../plan/image-outputs";
import { withTemplate } from "../../plan/template";
import type { RecordStore } from "../../targets/record-store";
import { isPublishedAt } from "../../targets/target";
import type { ImageSpec } from "../../schema/image";
import {
  imageStateSchema,
  noInstance,
  placeSchema,
  publicationSchema,
  type Place,
  type Publication,
} from "../../schema/state";
import type { Data } from "../handlers";
import { openShared } from "./target-pool";
import { readLost } from "./lost-notes";
import type { Resolved } from "./resolve";

/** What a virtual machine of an image has to be told; absent from what an earlier version wrote. */
const facts = imageStateSchema
  .pick({ virtualSizeBytes: true, firmware: true, guestId: true, scsiType: true })
  .optional();

/** What `check` already knows of the outputs; diff ignores it, a preview reads it. */
export const knownSchema = z.object({
  /** Every place that is asked for, in the order of the outputs. */
  places: z.array(placeSchema),
  installKey: z.string().optional(),
  /** Present where nothing pins the installer. */
  requestKey: z.string().optional(),
  contentDigest: z.string().optional(),
  facts,
  /** What `up` will leave as it is. */
  artifacts: z.array(publicationSchema),
});
export type Known = z.infer<typeof knownSchema>;

/** An image that inputs or a record know of. */
const knownImageSchema = z.object({
  installKey: z.string(),
  requestKey: z.string().optional(),
  contentDigest: z.string().optional(),
  facts,
  artifacts: z.array(publicationSchema),
});
export type KnownImage = z.infer<typeof knownImageSchema>;

export interface KnownContext {
  readonly rootDirectory: string;
  readonly cacheDirectory: string;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A preview must not wait for a target that does not answer. */
const deadlineMilliseconds = 5000;

/** Artifacts that `up` will not make anew: from the old inputs, the local cache's record, or a target's. */
export async function knownArtifacts(
  spec: ImageSpec,
  resolved: Resolved,
  oldInputs: Data,
  context: KnownContext,
): Promise<Known> {
  const places = placesOf(spec);
  const before = knownImageSchema.safeParse(oldInputs["known"]).data;
  const [cache, ...targets] = storesOf(spec, context);
  const isLost = await readLost(context.cacheDirectory);
  const sources = [
    // A build on this machine may have made the image anew since the inputs were recorded.
    { doubtful: isLost, ask: () => fromRecord(cache, resolved) },
    {
      doubtful: isLost,
      ask: () => Promise.resolve(isOfSameInstall(before, resolved) ? before : undefined),
    },
    // What another machine recorded may have gone since: nobody here has seen it.
    ...targets.map((open) => ({ doubtful: () => true, ask: () => fromRecord(open, resolved) })),
  ];
  for (const { doubtful, ask } of sources) {
    const image = await ask().catch(() => undefined);
    if (image === undefined) continue;
    const facts = image.facts && { ...image.facts, ...vsphereFacts(spec.formats) };
    const wanted = await wantedOf(spec, places, image, context);
    if (wanted.length === 0) continue;
    if (!wanted.some(doubtful)) return { ...image, facts, places, artifacts: wanted };
    const { withoutLost } = require("./preview-lost") as typeof import("./preview-lost");
    const artifacts = await withoutLost(spec, { ...image, artifacts: wanted }, doubtful, {
      ...context,
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMilliseconds)]),
    });
    return { ...image, facts, places, artifacts };
  }
  return { places, artifacts: [] };
}

function isOfSameInstall(
  known: KnownImage | undefined,
  { installKey, requestKey }: Resolved,
): boolean {
  return installKey === undefined
    ? known?.requestKey === requestKey
    : known?.installKey === installKey;
}

async function wantedOf(
  spec: ImageSpec,
  places: readonly Place[],
  image: KnownImage,
  context: KnownContext,
): Promise<Publication[]> {
  const wanted = places.flatMap((place) => {
    const format = spec.formats.find(({ type }) => type === place.format);
    const found = image.artifacts.find(
      (it) =>
        isHeldAt(it, place.target, spec, context) &&
        it.format === place.format &&
        format !== undefined &&
        isPublicationOf(it, image, format),
    );
    return found === undefined ? [] : [{ ...found, target: place.target }];
  });
  return Promise.all(wanted.map((found) => asPublished(found, spec, context)));
}

/** With the address and the template that `up` will give. */
async function asPublished(
  publication: Publication,
  spec: ImageSpec,
  context: KnownContext,
): Promise<Publication> {
  const target = spec.publishTo.find((candidate) => targetId(candidate) === publication.target);
  if (target === undefined) return publication;
  const { urlAtTarget } =
    require("../../targets/public-url") as typeof import("../../targets/public-url");
  const ask = async () => openShared(target, context).capabilities.urls?.urlOf(publication);
  // Without a region, say; `up` will say so, and a preview shows what is recorded.
  const url = urlAtTarget(target, publication) ?? (await ask().catch(() => undefined));
  return withTemplate(target, { ...publication, url: url ?? publication.url });
}

/** A target is opened only where the name of the other one does not tell. */
function isHeldAt(
  publication: Publication,
  target: string,
  spec: ImageSpec,
  context: KnownContext,
): boolean {
  if (publication.target === target) return true;
  const { openTarget } =
    require("../../targets/open-target") as typeof import("../../targets/open-target");
  return spec.publishTo
    .filter((candidate) => candidate.type === "directory" && targetId(candidate) === target)
    .some((candidate) => isPublishedAt(openTarget(candidate, context), publication));
}

function storesOf(
  spec: ImageSpec,
  context: KnownContext,
): [() => RecordStore, ...(() => RecordStore | undefined)[]] {
  const { directoryRecords } =
    require("../../targets/directory/records") as typeof import("../../targets/directory/records");
  return [
    () => directoryRecords(context.cacheDirectory, "the local cache"),
    // Clients are only loaded where neither cache nor old inputs know the image.
    ...spec.publishTo.map((target) => () => openShared(target, context).capabilities.records),
  ];
}

const nothing = { instance: noInstance, artifacts: [], pending: [] };

async function fromRecord(
  open: () => RecordStore | undefined,
  { installKey, requestKey }: Resolved,
): Promise<KnownImage | undefined> {
  const { readRecordedImage } =
    require("../../records/record") as typeof import("../../records/record");
  const { readRequest } = require("../../records/record") as typeof import("../../records/record");
  const signal = AbortSignal.timeout(deadlineMilliseconds);
  const store = open();
  if (store === undefined) return undefined;
  const key =
    installKey ??
    (requestKey === undefined
      ? undefined
      : (await readRequest(store, requestKey, signal))?.installKey);
  if (key === undefined) return undefined;
  const { head, publications } = await readRecordedImage(store, key, signal);
  if (head === undefined) return undefined;
  const artifacts = publications.map((entry) => publicationSchema.parse(entry));
  const { virtualSizeBytes, firmware, guestId, scsiType } = recordedImage(head, nothing);
  return {
    installKey: key,
    requestKey,
    contentDigest: head.contentDigest,
    facts: { virtualSizeBytes, firmware, guestId, scsiType },
    artifacts,
  };
}
