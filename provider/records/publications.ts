import { withoutTemplate } from "../plan/template";
import type { Publication } from "../schema/state";
import { isPublishedAt, type Target } from "../targets/target";

/**
 * What lies at a target. A folder that was moved, that is mounted elsewhere, or whose path somebody else wrote in
 * another way, is called otherwise in its own record: what lies in it is found by looking.
 */
export async function lyingAt(
  target: Target,
  known: readonly Publication[],
  signal: AbortSignal,
): Promise<Publication[]> {
  const named = known.filter((publication) => isPublishedAt(target, publication));
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

/**
 * What lies on where these publications were removed: files that somebody changed since they were published, perhaps
 * the disks of machines. Nothing of ours ever removes them, so somebody has to be told where they are.
 */
export async function leftBehind(
  targets: readonly Target[],
  removed: readonly Publication[],
): Promise<string[]> {
  const paths = targets.flatMap((target) =>
    removed
      .filter((publication) => isPublishedAt(target, publication))
      // What is removed is removed, whether or not the folder can be looked at.
      .map(async (publication) =>
        target.capabilities.localFolder?.modifiedFiles(publication).catch(() => []),
      ),
  );
  return [...new Set((await Promise.all(paths)).flatMap((found) => found ?? []))].sort();
}

export function leftBehindNotice(path: string): string {
  return `${path} was changed after it was published, and stays: delete it when nothing uses it any more.`;
}

/** A publication that somebody recorded, as this target describes it today: its address, and what is made of it. */
export async function described(target: Target, recorded: Publication): Promise<Publication> {
  const publication = withoutTemplate(recorded);
  const url = (await target.capabilities.urls?.urlOf(publication)) ?? publication.url;
  const here = { ...publication, target: target.id, url };
  return target.capabilities.templates?.describe(here) ?? here;
}
