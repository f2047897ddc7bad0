import { isPublicationOf } from "../plan/keys";
import type { Head } from "../plan/record";
import { lookUpPublications, type Candidate } from "../records/lookup";
import { describePublication, isSameFile, mayBeFoundAt } from "../records/publications";
import type { Destination, Publication } from "../schema/state";
import type { FindResult } from "../targets/find-result";
import { isPublishedAt } from "../targets/target";
import { knownPlaces, warn, type KeyedBuild } from "./context";

interface Found {
  readonly publication: Publication;
  readonly state: "present" | "undeployed";
  /** The target could not be asked; the publication is the resource's own, and counts as present. */
  readonly unchecked?: true;
}

/** The publications of the plan's destinations, among those that the records list. All targets are asked at once. */
export async function findAtDestinations(
  build: KeyedBuild,
  head: Head,
  listed: readonly Publication[],
): Promise<Found[]> {
  const unique = [...new Map(listed.map((publication) => [publication.uri, publication])).values()];
  const wanted = build.plan.destinations.map((destination) =>
    candidatesAt(build, destination, head, unique),
  );
  const candidates = wanted.flat();
  const { signal } = build;
  const results = await lookUpPublications(candidates, { signal, known: knownPlaces(build) });
  const states = new Map(
    candidates.map((candidate, index) => [candidate, stateOf(build, candidate, results[index])]),
  );
  const found = wanted.map(async (ofDestination): Promise<Found[]> => {
    for (const candidate of ofDestination) {
      const state = states.get(candidate);
      if (state === undefined || state === "missing") continue;
      const { target, publication } = candidate;
      const unchecked = results[candidates.indexOf(candidate)]?.state === "unreachable";
      // The folder that is seen now may be another one, so the path stays as it was.
      const isElsewhere = unchecked && target.capabilities.localFolder !== undefined;
      const described = isElsewhere
        ? { ...publication, target: target.id }
        : await describePublication(target, publication, build.signal);
      return [{ publication: described, state, ...(unchecked && { unchecked }) }];
    }
    return [];
  });
  return (await Promise.all(found)).flat();
}

function candidatesAt(
  build: KeyedBuild,
  destination: Destination,
  head: Head,
  listed: readonly Publication[],
): Candidate[] {
  const format = build.plan.formats.find(({ type }) => type === destination.format);
  const target = build.targets.find(({ id }) => id === destination.target);
  if (format === undefined || target === undefined) return [];
  const ofFormat = listed.filter(
    (publication) =>
      publication.format === destination.format && isPublicationOf(publication, head, format),
  );
  const named = ofFormat.filter((publication) => isPublishedAt(target, publication));
  // The record may name another address: a folder may be mounted or checked out elsewhere, a server has many names.
  const elsewhere = ofFormat.filter(
    (publication) => !named.includes(publication) && mayBeFoundAt(target, publication),
  );
  return [...named, ...elsewhere].map((publication) => ({ target, publication }));
}

/** Whether the target has a publication, and has deployed its template. */
function stateOf(
  build: KeyedBuild,
  { target, publication }: Candidate,
  result: FindResult | undefined,
): Found["state"] | "missing" {
  const isOwn = build.plan.existing?.artifacts.some((it) => isSameFile(it, publication)) === true;
  // A file of another owner's folder is used if it is in this one, too; its absence here means nothing.
  if (!isOwn && !isPublishedAt(target, publication)) {
    return result?.state === "present" ? "present" : "missing";
  }
  switch (result?.state) {
    case "present":
    case "undeployed":
      return result.state;
    case undefined:
    case "absent":
      return "missing";
    case "altered":
      warn(build, `${publication.uri} is not what was published: ${result.why}`);
      return "missing";
    case "unreachable": {
      // A publication of this resource counts as present until the target says otherwise.
      warn(build, `${publication.uri} could not be checked: ${result.why}`);
      return isOwn ? "present" : "missing";
    }
  }
}
