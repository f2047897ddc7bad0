import type { Publication } from "../schema/state";
import { comparePlaces } from "../targets/compare-places";
import type { Target } from "../targets/target";
import { warn, type KeyedBuild } from "./context";

/**
 * Whether an obsolete publication of a target is, or may be, a file that the image still has at another target: two targets
 * can be one place. Only targets that have a file of the same name are asked.
 */
export async function isStillUsed(
  build: KeyedBuild,
  target: Target,
  obsolete: Publication,
  artifacts: readonly Publication[],
): Promise<boolean> {
  const wanted = artifacts.filter((artifact) => nameOf(artifact) === nameOf(obsolete));
  const others = build.targets.filter(
    ({ id }) => id !== target.id && wanted.some((artifact) => artifact.target === id),
  );
  for (const other of others) {
    const comparison = await comparePlaces(target, other, build.signal);
    if (comparison.state === "different") continue;
    if (comparison.state === "unknown") {
      warn(
        build,
        `${obsolete.uri} is no longer requested, but was not removed: it could not be proven that ${other.id}, which has a file of the same name, is another place. ${comparison.why} \`pulumi destroy\` removes it with the image.`,
      );
    }
    return true;
  }
  return false;
}

/** The name of the file and of its folder, which are the same at every target. */
function nameOf({ uri }: Publication): string {
  return uri.split("/").slice(-2).join("/");
}
