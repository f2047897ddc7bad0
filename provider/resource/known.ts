import { z } from "zod";
import { isPublicationOf } from "../plan/keys";
import { placesOf } from "../plan/make-plan";
import type { RecordStore } from "../publish/target";
import type { ImageSpec } from "../spec/image-spec";
import { publicationSchema, type Publication } from "../spec/state";
import type { Data } from "./handlers";
import type { Resolved } from "./resolve-image";

/** What `check` already knows of the outputs; diff ignores it, a preview reads it. */
export const knownSchema = z.object({
  installKey: z.string(),
  /** Present where nothing pins the installer. */
  requestKey: z.string().optional(),
  contentDigest: z.string(),
  artifacts: z.array(publicationSchema),
});
export type Known = z.infer<typeof knownSchema>;

interface KnownContext {
  readonly rootDirectory: string;
  readonly cacheDirectory: string;
}

/** A preview must not wait for a target that does not answer. */
const deadlineMilliseconds = 5000;

/** Artifacts that `up` will not make anew: from the old inputs, the local cache's record, or a target's. */
export async function knownArtifacts(
  spec: ImageSpec,
  resolved: Resolved,
  oldInputs: Data,
  context: KnownContext,
): Promise<Known | undefined> {
  const before = knownSchema.safeParse(oldInputs["known"]).data;
  const [cache, ...targets] = storesOf(spec, context);
  const sources = [
    // A build on this machine may have made the image anew since the inputs were recorded.
    () => fromRecord(cache, resolved),
    () =>
      Promise.resolve(
        before !== undefined && isOfSameInstall(before, resolved) ? before : undefined,
      ),
    ...targets.map((open) => () => fromRecord(open, resolved)),
  ];
  for (const ask of sources) {
    const known = await ask().catch(() => undefined);
    if (known === undefined) continue;
    const artifacts = wantedOf(spec, known);
    if (artifacts.length > 0) return { ...known, artifacts };
  }
  return undefined;
}

function isOfSameInstall(known: Known, { installKey, requestKey }: Resolved): boolean {
  return installKey === undefined
    ? known.requestKey === requestKey
    : known.installKey === installKey;
}

function wantedOf(spec: ImageSpec, known: Known): Publication[] {
  return placesOf(spec).flatMap((place) => {
    const format = spec.formats.find(({ type }) => type === place.format);
    const found = known.artifacts.find(
      (it) =>
        it.target === place.target &&
        it.format === place.format &&
        format !== undefined &&
        isPublicationOf(it, known.contentDigest, format),
    );
    return found === undefined ? [] : [found];
  });
}

function storesOf(
  spec: ImageSpec,
  context: KnownContext,
): [() => RecordStore, ...(() => RecordStore)[]] {
  const { directoryRecords } =
    require("../publish/directory-records") as typeof import("../publish/directory-records");
  return [
    () => directoryRecords(context.cacheDirectory, "the local cache"),
    ...spec.publishTo.map((target) => () => {
      // Clients are only loaded where neither cache nor old inputs know the image.
      const { openTarget } = require("../publish/targets") as typeof import("../publish/targets");
      return openTarget(target, context).records;
    }),
  ];
}

async function fromRecord(
  open: () => RecordStore,
  { installKey, requestKey }: Resolved,
): Promise<Known | undefined> {
  const { readRecord, readRequest } =
    require("../publish/record") as typeof import("../publish/record");
  const signal = AbortSignal.timeout(deadlineMilliseconds);
  const store = open();
  const key =
    installKey ??
    (requestKey === undefined
      ? undefined
      : (await readRequest(store, requestKey, signal))?.installKey);
  if (key === undefined) return undefined;
  const { head, publications } = await readRecord(store, key, signal);
  if (head === undefined) return undefined;
  const artifacts = publications.map((entry) => publicationSchema.parse(entry));
  return { installKey: key, requestKey, contentDigest: head.contentDigest, artifacts };
}
