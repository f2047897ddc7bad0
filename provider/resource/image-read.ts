import type { Target } from "../publish/target";
import type { ImageState, Place } from "../spec/state";
import type { Call } from "./handlers";

/**
 * Asks every target what is there of an image. Only when everything is definitely gone, the image is; a target that
 * cannot be asked never drops state.
 */
export async function readImage(
  image: ImageState,
  targets: readonly Target[],
  call: Call,
): Promise<readonly Place[] | "gone"> {
  const missing: Place[] = [];
  let absent = 0;
  for (const artifact of image.artifacts) {
    const place = { format: artifact.format, target: artifact.target };
    const target = targets.find(({ id }) => id === artifact.target);
    const finding = await target?.find(artifact, call.signal);
    switch (finding?.state) {
      case "present":
        break;
      case "absent":
        absent += 1;
        missing.push(place);
        break;
      case "altered":
        call.log.warn(`${artifact.uri} is not what was published: ${finding.why}`);
        missing.push(place);
        break;
      case "unreachable":
        call.log.warn(`${artifact.uri} could not be looked at, and is kept: ${finding.why}`);
        break;
      case undefined:
        break;
    }
  }
  const everythingGone = image.artifacts.length > 0 && absent === image.artifacts.length;
  return everythingGone ? "gone" : missing;
}
