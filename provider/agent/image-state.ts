import { recordedImage, vsphereFacts } from "../plan/image-outputs";
import type { Head } from "../plan/record";
import {
  schemaVersion,
  type ImageState,
  type Destination,
  type Publication,
} from "../schema/state";
import type { BaseDisk } from "../system/cached-disk";
import type { KeyedBuild } from "./context";

export function headOf(
  build: KeyedBuild,
  installerSha256: string | undefined,
  disk: BaseDisk | undefined,
): Head {
  return {
    schemaVersion,
    installKey: build.installKey,
    ...(installerSha256 !== undefined && { installerSha256 }),
    recipe: build.plan.recipe,
    ...(disk !== undefined && { contentDigest: disk.contentDigest }),
    virtualSizeBytes: disk?.virtualSizeBytes ?? build.plan.machine.diskSize,
    firmware: build.plan.machine.firmware,
  };
}

/**
 * The outputs, with every place that has no publication yet as `pending`, and one where the template of it is not made
 * yet as `missing`: what lies there is not to be forgotten.
 */
export function imageState(
  build: KeyedBuild,
  head: Head,
  publications: readonly Publication[],
  undeployed: readonly Publication[] = [],
): ImageState {
  const { places, instance, installer, requestKey } = build.plan;
  const at = (place: Destination): Publication | undefined =>
    publications.find((it) => it.format === place.format && it.target === place.target);
  return {
    ...recordedImage(head, {
      instance,
      artifacts: places.map(at).filter((publication) => publication !== undefined),
      pending: places.filter((place) => at(place) === undefined),
    }),
    ...vsphereFacts(build.plan.formats),
    missing: undeployed.map(({ format, target }) => ({ format, target })),
    ...(installer.validator !== undefined && { installerValidator: installer.validator }),
    ...(requestKey !== undefined && { requestKey }),
  };
}
