import type { Place } from "../outputs";
import type { Obstacle, Reader } from "./choose-place";

/** vCenter, which clones templates deployed from its content library. */
export const templateReader: Reader = {
  name: "vCenter",
  formats: ["ova"],
  obstacle(place: Place): Obstacle | undefined {
    if (/^vsphere:\/\/[^/]+\/library\/[^/]+$/.test(place.target)) return undefined;
    return {
      why: "Templates are deployed from a content library.",
      next: "Publish the OVA to a `vsphere` target with `library` and `deploy`.",
    };
  },
};
