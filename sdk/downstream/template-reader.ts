import type { Place } from "../outputs";
import type { Obstacle, Reader } from "./choose-place";

/** vCenter, which clones what its library was deployed to. */
export const templateReader: Reader = {
  name: "vCenter",
  formats: ["ova"],
  obstacle(place: Place): Obstacle | undefined {
    if (/^vsphere:\/\/[^/]+\/library\/[^/]+$/.test(place.target)) return undefined;
    return {
      why: "A template is made of what lies in a content library.",
      next: "Publish the OVA to a `vsphere` target with `library` and `deploy`.",
    };
  },
};
