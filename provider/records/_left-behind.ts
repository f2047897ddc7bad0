import type { Publication } from "../schema/state";
import type { Target } from "../targets/target";

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
      .filter((publication) => target.holds(publication))
      // What is removed is removed, whether or not the folder can be looked at.
      .map(async (publication) => target.changedFiles?.(publication).catch(() => [])),
  );
  return [...new Set((await Promise.all(paths)).flatMap((found) => found ?? []))].sort();
}

export function leftBehindNotice(path: string): string {
  return `${path} was changed after it was published, and stays: delete it when nothing uses it any more.`;
}
