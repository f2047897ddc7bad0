import { vsphereGuestId, vsphereScsiType } from "../spec/names";
import { schemaVersion, type ImageState, type Place, type Publication } from "../spec/state";
import type { Head } from "./record";

export interface Holding {
  readonly instance: string;
  readonly artifacts: readonly Publication[];
  readonly pending: readonly Place[];
}

/** The outputs of an image that a record knows. */
export function recordedImage(head: Head, { instance, artifacts, pending }: Holding): ImageState {
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
    guestId: vsphereGuestId,
    scsiType: vsphereScsiType,
    artifacts: [...artifacts],
    pending: [...pending],
    missing: [],
  };
}
