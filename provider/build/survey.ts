import { isRestorable } from "../plan/formats";
import { isPublicationOf } from "../plan/keys";
import type { Head, Marker } from "../plan/record";
import { readMarkers, readRecordedImage, type RecordedImage } from "../publish/record";
import type { Target } from "../publish/target";
import { schemaVersion, type ImageState, type Place, type Publication } from "../spec/state";
import { recordStores, warn, type KeyedBuild } from "./build";
import type { BaseDisk } from "./image-state";

/** What is there of an image. */
export interface Survey {
  readonly head: Head;
  /** What was found at the places that the plan names. */
  readonly present: readonly Publication[];
  /** Whether that is all of them. */
  readonly complete: boolean;
  /** What the base disk could be restored from, whether the plan asks for its format or not. */
  readonly sources: readonly Publication[];
  readonly disk?: BaseDisk | undefined;
}

/** Asks every record and then every target; undefined where no record knows the image. */
export async function survey(build: KeyedBuild): Promise<Survey | undefined> {
  const records = await readRecords(build);
  const { existing } = build.plan;
  const known = existing?.installKey === build.installKey ? existing : undefined;
  const heads = [...records.map(({ head: recorded }) => recorded), headFrom(known)];
  // One store may know of an install that another one does not.
  const head = heads.find((it) => it?.contentDigest !== undefined) ?? heads.find(Boolean);
  if (head === undefined) return undefined;

  const listed = [...records.flatMap((record) => record.publications), ...(known?.artifacts ?? [])];
  const found: Publication[] = [];
  for (const place of build.plan.places) {
    const publication = await findAt(build, place, head, listed);
    if (publication !== undefined) found.push(publication);
  }
  const complete = found.length === build.plan.places.length;
  return { head, present: found, complete, sources: sourcesOf(build, head, listed) };
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
      .filter((publication) => target.holds(publication))
      .map((publication) => ({ ...publication, target: target.id })),
  );
  return [...new Map(here.map((publication) => [publication.uri, publication])).values()];
}

async function findAt(
  build: KeyedBuild,
  place: Place,
  head: Head,
  listed: readonly Publication[],
): Promise<Publication | undefined> {
  const format = build.plan.formats.find(({ type }) => type === place.format);
  const target = build.targets.find(({ id }) => id === place.target);
  if (format === undefined || target === undefined) return undefined;
  const candidates = listed.filter(
    (publication) =>
      target.holds(publication) &&
      publication.format === place.format &&
      isPublicationOf(publication, head, format),
  );
  for (const candidate of candidates) {
    if (!(await isThere(build, target, candidate))) continue;
    const url = (await target.urlOf?.(candidate)) ?? candidate.url;
    return { ...candidate, target: place.target, url };
  }
  return undefined;
}

async function isThere(
  build: KeyedBuild,
  target: Target,
  publication: Publication,
): Promise<boolean> {
  const finding = await target.find(publication, build.signal);
  switch (finding.state) {
    case "present":
      return true;
    case "absent":
      return false;
    case "altered":
      warn(build, `${publication.uri} is not what was published: ${finding.why}`);
      return false;
    case "unreachable": {
      // What this resource published from another machine stays what it was; nothing proves the contrary.
      const own = build.plan.existing?.artifacts.some(({ uri }) => uri === publication.uri);
      warn(build, `${publication.uri} could not be looked at: ${finding.why}`);
      return own === true;
    }
  }
}
