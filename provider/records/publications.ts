import type { Publication } from "../schema/state";
import type { Target } from "../targets/target";

/**
 * What lies at a target. A folder that was moved, that is mounted elsewhere, or whose path somebody else wrote in
 * another way, is called otherwise in its own record: what lies in it is found by looking.
 */
export async function lyingAt(
  target: Target,
  known: readonly Publication[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const named = known.filter((publication) => target.holds(publication));
  const here = new Map(named.map((publication) => [nameOf(publication), publication]));
  if (!isFolder(target.id)) return [...here.values()];
  for (const publication of known) {
    if (!isFolder(publication.target) || here.has(nameOf(publication))) continue;
    const { state } = await target.find(publication, signal);
    if (state === "present") here.set(nameOf(publication), { ...publication, target: target.id });
  }
  return [...here.values()];
}

/** Its folder's and its own name: no target has two publications that agree in both. */
function nameOf({ uri }: Publication): string {
  return uri.split("/").slice(-2).join("/");
}

function isFolder(target: string): boolean {
  return target.startsWith("directory:");
}
