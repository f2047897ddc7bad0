import { isRestorable } from "../plan/formats";
import { isPublicationOf } from "../plan/keys";
import type { Head, Marker } from "../plan/record";
import { describePublication } from "../records/publications";
import { readRecordedImage, type RecordedImage } from "../records/record";
import { readMarkers } from "../records/markers";
import { isPublishedAt, type Target } from "../targets/target";
import {
  schemaVersion,
  type ImageState,
  type Destination,
  type Publication,
} from "../schema/state";
import { recordStores, warn, type KeyedBuild } from "./context";
import type { BaseDisk } from "../system/cached-disk";

/** What is there of an image. */
export interface Inventory {
  readonly head: Head;
  /** What was found at the places that the plan names. */
  readonly present: readonly Publication[];
  /** Of these, what the target has still to make a template of. */
  readonly undeployed: readonly Publication[];
  /** Whether that is all of them, and nothing is to be deployed. */
  readonly complete: boolean;
  /** What the base disk could be restored from, whether the plan asks for its format or not. */
  readonly sources: readonly Publication[];
  readonly disk?: BaseDisk | undefined;
}

/** Asks every record and then every target; undefined where no record knows the image. */
export async function takeInventory(build: KeyedBuild): Promise<Inventory | undefined> {
  const records = await readRecords(build);
  const { existing } = build.plan;
  const known = existing?.installKey === build.installKey ? existing : undefined;
  const heads = [...records.map(({ head: recorded }) => recorded), headFrom(known)];
  // One store may know of an install that another one does not.
  const head = heads.find((it) => it?.contentDigest !== undefined) ?? heads.find(Boolean);
  if (head === undefined) return undefined;

  const listed = [...records.flatMap((record) => record.publications), ...(known?.artifacts ?? [])];
  const present: Publication[] = [];
  const undeployed: Publication[] = [];
  for (const place of build.plan.places) {
    const found = await findAt(build, place, head, listed);
    if (found === undefined) continue;
    present.push(found.publication);
    if (found.state === "undeployed") undeployed.push(found.publication);
  }
  const complete = present.length === build.plan.places.length && undeployed.length === 0;
  return { head, present, undeployed, complete, sources: sourcesOf(build, head, listed) };
}

async function readRecords(build: KeyedBuild): Promise<RecordedImage[]> {
  return Promise.all(
    recordStores(build).map((store) => readRecordedImage(store, build.installKey, build.signal)),
  );
}

/** Markers of other owners that say "I am building this". */
export async function otherBuilders(build: KeyedBuild): Promise<Marker[]> {
  const markers = await Promise.all(
    recordStores(build).map((store) =>
      readMarkers(
        store,
        build.installKey,
        build.signal,
        ({ state, instance }) => state === "pending" && instance !== build.plan.instance,
      ),
    ),
  );
  return markers.flat();
}

/** The record may be lost while the resource still knows its image. */
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
  const whole = listed.filter(
    ({ contentDigest, ...publication }) =>
      isRestorable(publication) && (contentDigest ?? head.contentDigest) === head.contentDigest,
  );
  const here = build.targets.flatMap((target) =>
    whole
      .filter((publication) => isPublishedAt(target, publication))
      .map((publication) => ({ ...publication, target: target.id })),
  );
  return [...new Map(here.map((publication) => [publication.uri, publication])).values()];
}

interface Found {
  readonly publication: Publication;
  readonly state: "whole" | "undeployed";
}

async function findAt(
  build: KeyedBuild,
  place: Destination,
  head: Head,
  listed: readonly Publication[],
): Promise<Found | undefined> {
  const format = build.plan.formats.find(({ type }) => type === place.format);
  const target = build.targets.find(({ id }) => id === place.target);
  if (format === undefined || target === undefined) return undefined;
  const candidates = listed.filter(
    (publication) =>
      isPublishedAt(target, publication) &&
      publication.format === place.format &&
      isPublicationOf(publication, head, format),
  );
  for (const candidate of candidates) {
    const state = await stateOf(build, target, candidate);
    if (state !== "missing")
      return { publication: await describePublication(target, candidate), state };
  }
  return undefined;
}

/** Whether a publication is there, and with what is to be made of it. */
async function stateOf(
  build: KeyedBuild,
  target: Target,
  publication: Publication,
): Promise<Found["state"] | "missing"> {
  const finding = await target.find(publication, build.signal);
  switch (finding.state) {
    case "present":
      return "whole";
    case "undeployed":
      return "undeployed";
    case "absent":
      return "missing";
    case "altered":
      warn(build, `${publication.uri} is not what was published: ${finding.why}`);
      return "missing";
    case "unreachable": {
      // What this resource published from another machine stays what it was; nothing proves the contrary.
      const own = build.plan.existing?.artifacts.some(({ uri }) => uri === publication.uri);
      warn(build, `${publication.uri} could not be looked at: ${finding.why}`);
      return own === true ? "whole" : "missing";
    }
  }
}
