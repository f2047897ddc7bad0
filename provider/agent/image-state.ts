import { recordedImage, vsphereFacts } from "../plan/image-outputs";
import type { Head } from "../plan/record";
import {
  schemaVersion,
  type ImageState,
  type Destination,
  type Publication,
} from "../schema/state";
import type { BaseDisk } from "../system/cached-disk";
import { knownPlaces, type KeyedBuild } from "./context";

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
 * The outputs of an image. A destination without a publication is `pending`; one whose template is not deployed yet is
 * `missing`, so that its publication stays in the state.
 */
export function imageState(
  build: KeyedBuild,
  head: Head,
  publications: readonly Publication[],
  undeployed: readonly Publication[] = [],
): ImageState {
  const { destinations, instance, installer, requestKey } = build.plan;
  const { places } = knownPlaces(build);
  const at = ({ format, target }: Destination): Publication | undefined =>
    publications.find((it) => it.format === format && it.target === target);
  return {
    ...recordedImage(head, {
      instance,
      artifacts: destinations.map(at).filter((publication) => publication !== undefined),
      pending: destinations.filter((it) => at(it) === undefined),
    }),
    ...vsphereFacts(build.plan.formats),
    missing: undeployed.map(({ format, target }) => ({ format, target })),
    ...(installer.validator !== undefined && { installerValidator: installer.validator }),
    ...(requestKey !== undefined && { requestKey }),
    ...(places !== undefined && { places }),
  };
}
