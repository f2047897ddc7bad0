import { describeThrown, StylusError } from "../../base/errors";
import { throwIfCancelled } from "../../base/cancellation";
import type { Publication } from "../../schema/state";
import { examine } from "./find";
import { isMarked, remembersDirectory } from "./machine-id";
import { placeOfUri } from "./layout";
import type { Finding } from "../target";

/** Whether a publication is there. Only this machine's own folders can tell that something is gone. */
export async function findInDirectory(
  root: string,
  cacheDirectory: string,
  publication: Publication,
  signal: AbortSignal,
): Promise<Finding> {
  const { place, writtenRoot } = placeOfUri(root, publication.uri);
  try {
    const verdict = await examine(place, publication, signal);
    switch (verdict.state) {
      case "same":
        return { state: "present" };
      case "different":
        return { state: "altered", why: `${place.path}: ${verdict.why}` };
      case "missing":
        break;
    }
    if (writtenRoot === root && (await isMarked(root))) return { state: "absent" };
    if (await remembersDirectory(writtenRoot, cacheDirectory, signal)) return { state: "absent" };
    return {
      state: "unreachable",
      why: `${place.path} is not there, and this machine never published into ${writtenRoot}: it lies on another machine, or a file system is not mounted.`,
    };
  } catch (thrown) {
    throwIfCancelled(signal);
    if (thrown instanceof StylusError && thrown.code === "internal") throw thrown;
    return {
      state: "unreachable",
      why: `${place.path} cannot be looked at: ${describeThrown(thrown)}.`,
    };
  }
}
