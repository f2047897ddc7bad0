import type { FormatSpec } from "../schema/formats";
import { vsphereGuestId, vsphereScsiType } from "../schema/names";
import {
  schemaVersion,
  type ImageState,
  type Destination,
  type Publication,
} from "../schema/state";
import type { Head } from "./record";

export interface Ownership {
  readonly instance: string;
  readonly artifacts: readonly Publication[];
  readonly pending: readonly Destination[];
}

/** The settings of a vSphere machine for the image: those of its OVA, or the defaults. */
export function vsphereFacts(
  formats: readonly FormatSpec[],
): Pick<ImageState, "guestId" | "scsiType"> {
  const ova = formats.find((format) => format.type === "ova");
  return {
    guestId: ova?.guestId ?? vsphereGuestId,
    scsiType: ova?.scsiType ?? vsphereScsiType,
  };
}

/** The outputs of a recorded image. A record does not hold the options of an OVA, so `guestId` is the default. */
export function recordedImage(head: Head, { instance, artifacts, pending }: Ownership): ImageState {
  return {
    schemaVersion,
    instance,
    installKey: head.installKey,
    recipe: head.recipe,
    ...(head.installerSha256 !== undefined && { installerSha256: head.installerSha256 }),
    ...(head.contentDigest !== undefined && { contentDigest: head.contentDigest }),
    virtualSizeBytes: head.virtualSizeBytes,
    firmware: head.firmware,
    arch: "amd64",
    ...vsphereFacts([]),
    artifacts: [...artifacts],
    pending: [...pending],
    missing: [],
  };
}
