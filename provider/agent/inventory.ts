import { isRestorable } from "../plan/formats";
import type { Proof } from "../plan/proof";
import type { Head, Marker } from "../plan/record";
import { readRecords } from "../records/lookup";
import { readRecordedImage, type RecordedImage } from "../records/record";
import { readMarkers } from "../records/markers";
import { readProofs } from "../records/proofs";
import { isListedFor, isPublishedAt, mayBeAt } from "../targets/target";
import { schemaVersion, type ImageState, type Publication } from "../schema/state";
import { recordStores, type KeyedBuild } from "./context";
import { findAtDestinations } from "./find-publication";
import type { BaseDisk } from "../system/cached-disk";

/** The existing publications of an image, and its base disk. */
export interface Inventory {
  readonly head: Head;
  /** Publications found at the destinations of the plan. */
  readonly present: readonly Publication[];
  /** Those of them of which the target has not deployed its template yet. */
  readonly undeployed: readonly Publication[];
  /** Targets of which a publication counts as present although they could not be asked. */
  readonly unchecked: readonly string[];
  /** Whether every destination has its publication, and every template is deployed. */
  readonly complete: boolean;
  /** Publications that the base disk can be restored from, in formats of the plan and others. */
  readonly sources: readonly Publication[];
  readonly disk?: BaseDisk | undefined;
  /** The proofs of the image, from all records. */
  readonly proofs: readonly Proof[];
}

/** Reads all records, then asks all targets; undefined if no record and no output knows the image. */
export async function takeInventory(build: KeyedBuild): Promise<Inventory | undefined> {
  const records = await readImages(build);
  const { existing } = build.plan;
  const known = existing?.installKey === build.installKey ? existing : undefined;
  const heads = [...records.map(({ head: recorded }) => recorded), headFrom(known)];
  // A store may lack the install that another one knows.
  const head = heads.find((it) => it?.contentDigest !== undefined) ?? heads.find(Boolean);
  if (head === undefined) return undefined;

  const listed = [...records.flatMap((record) => record.publications), ...(known?.artifacts ?? [])];
  const found = await findAtDestinations(build, head, listed);
  const present = found.map(({ publication }) => publication);
  const undeployed = found.flatMap((it) => (it.state === "undeployed" ? [it.publication] : []));
  const complete = present.length === build.plan.destinations.length && undeployed.length === 0;
  const unchecked = found.flatMap((it) => (it.unchecked ? [it.publication.target] : []));
  const sources = sourcesOf(build, head, listed);
  const proofs = await readAllProofs(build);
  return { head, present, undeployed, unchecked, complete, sources, proofs };
}

async function readAllProofs(build: KeyedBuild): Promise<Proof[]> {
  const proofs = await readRecords(
    recordStores(build),
    (store, signal) => readProofs(store, build.installKey, signal),
    build,
  );
  return proofs.flat();
}

/** Every store has to answer: an image that an unreadable record knows would be installed a second time. */
async function readImages(build: KeyedBuild): Promise<RecordedImage[]> {
  return readRecords(
    recordStores(build),
    (store, signal) => readRecordedImage(store, build.installKey, signal),
    build,
  );
}

/** The `pending` markers of other owners: they are building the same image. */
export async function otherBuilders(build: KeyedBuild): Promise<Marker[]> {
  const markers = await readRecords(
    recordStores(build),
    (store, signal) =>
      readMarkers(
        store,
        build.installKey,
        signal,
        ({ state, instance }) => state === "pending" && instance !== build.plan.instance,
      ),
    build,
  );
  return markers.flat();
}

/** The head as the resource's outputs give it: the record may be lost. */
function headFrom(existing: ImageState | undefined): Head | undefined {
  if (existing === undefined) return undefined;
  const { installKey, installerSha256, recipe, contentDigest, virtualSizeBytes, firmware } =
    existing;
  return {
    schemaVersion,
    installKey,
    ...(installerSha256 !== undefined && { installerSha256 }),
    recipe,
    ...(contentDigest !== undefined && { contentDigest }),
    virtualSizeBytes,
    firmware,
  };
}

function sourcesOf(
  build: KeyedBuild,
  head: Head,
  listed: readonly (Publication & { readonly contentDigest?: string })[],
): Publication[] {
  const lossless = listed.filter(
    ({ contentDigest, ...publication }) =>
      isRestorable(publication) && (contentDigest ?? head.contentDigest) === head.contentDigest,
  );
  const listedAt = (isThere: typeof isPublishedAt): Publication[] =>
    build.targets.flatMap((target) =>
      lossless
        .filter((publication) => isThere(target, publication))
        .map((publication) => ({ ...publication, target: target.id })),
    );
  // Those that lie at a target come first; a folder that was moved since may hold others.
  const published = [...listedAt(isPublishedAt), ...listedAt(mayBeAt), ...listedAt(isListedFor)];
  const nameOf = ({ target, uri }: Publication): string => `${target} ${uri}`;
  return [...new Map(published.map((publication) => [nameOf(publication), publication])).values()];
}
