import { isPublicationOf } from "../plan/keys";
import type { Head } from "../plan/record";
import { describePublication } from "../records/publications";
import type { Destination, Publication } from "../schema/state";
import { isPublishedAt, type Target } from "../targets/target";
import { warn, type KeyedBuild } from "./context";

interface Found {
  readonly publication: Publication;
  readonly state: "present" | "undeployed";
}

/** The publication of a destination, among those that the records list; undefined if the target does not have it. */
export async function findAt(
  build: KeyedBuild,
  destination: Destination,
  head: Head,
  listed: readonly Publication[],
): Promise<Found | undefined> {
  const format = build.plan.formats.find(({ type }) => type === destination.format);
  const target = build.targets.find(({ id }) => id === destination.target);
  if (format === undefined || target === undefined) return undefined;
  const candidates = listed.filter(
    (publication) =>
      isPublishedAt(target, publication) &&
      publication.format === destination.format &&
      isPublicationOf(publication, head, format),
  );
  for (const candidate of candidates) {
    const state = await stateOf(build, target, candidate);
    if (state !== "missing")
      return { publication: await describePublication(target, candidate), state };
  }
  return undefined;
}

/** Whether the target has a publication, and has deployed its template. */
async function stateOf(
  build: KeyedBuild,
  target: Target,
  publication: Publication,
): Promise<Found["state"] | "missing"> {
  const finding = await target.find(publication, build.signal);
  switch (finding.state) {
    case "present":
      return "present";
    case "undeployed":
      return "undeployed";
    case "absent":
      return "missing";
    case "altered":
      warn(build, `${publication.uri} is not what was published: ${finding.why}`);
      return "missing";
    case "unreachable": {
      // A publication of this resource counts as present until the target says otherwise.
      const isOwn = build.plan.existing?.artifacts.some(({ uri }) => uri === publication.uri);
      warn(build, `${publication.uri} could not be checked: ${finding.why}`);
      return isOwn === true ? "present" : "missing";
    }
  }
}
