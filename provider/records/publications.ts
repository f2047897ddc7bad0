import { withoutTemplate } from "../plan/template";
import type { Publication } from "../schema/state";
import { addressAt } from "../targets/addresses";
import { isListedFor, mayBeAt, type Target } from "../targets/target";

/**
 * The known publications that are at a target. A record may name the target differently: a folder was moved, mounted
 * elsewhere or written as another path, a server has another name. Such publications are found by looking for them.
 */
export async function publicationsAt(
  target: Target,
  known: readonly Publication[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const named = known.filter((publication) => isListedFor(target, publication));
  const here = new Map(named.map((publication) => [nameOf(publication), publication]));
  for (const publication of known) {
    if (here.has(nameOf(publication)) || !mayBeFoundAt(target, publication)) continue;
    const { state } = await target.find(publication, signal);
    if (state === "present") here.set(nameOf(publication), { ...publication, target: target.id });
  }
  return [...here.values()];
}

/** Whether the publication may be found at a target that it does not name. */
export function mayBeFoundAt(target: Target, publication: Publication): boolean {
  return isFolder(target.id) ? isFolder(publication.target) : mayBeAt(target, publication);
}

/**
 * The target that holds a recorded publication; undefined if it is at none of these. A target may have another address than
 * the record names: then it is looked for there.
 */
export async function targetOf(
  publication: Publication,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Target | undefined> {
  const named = targets.find((target) => isListedFor(target, publication));
  if (named !== undefined) return named;
  for (const target of targets.filter((it) => mayBeFoundAt(it, publication))) {
    const { state } = await target.find(publication, signal);
    if (state === "present") return target;
  }
  return undefined;
}

/** The last two parts of the path, which are unique within a target. */
function nameOf({ uri }: Publication): string {
  return uri.split("/").slice(-2).join("/");
}

/** Whether the ID is that of a folder. */
function isFolder(target: string): boolean {
  return target.startsWith("directory:");
}

/** A recorded publication with the address and the template that this target gives it today. */
export async function describePublication(
  target: Target,
  recorded: Publication,
  signal: AbortSignal,
): Promise<Publication> {
  const publication = withoutTemplate(recorded);
  const address = await addressAt(target, publication, signal);
  const here = { ...publication, target: target.id, ...address };
  return target.capabilities.templates?.describe(here) ?? here;
}

/** Whether two publications are one file at one target. The path of a folder may have changed between them. */
export function isSameFile(one: Publication, other: Publication): boolean {
  if (one.target !== other.target) return false;
  return isFolder(one.target) ? nameOf(one) === nameOf(other) : one.uri === other.uri;
}
