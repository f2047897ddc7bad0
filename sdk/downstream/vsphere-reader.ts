import type { FormatName } from "../format-args";
import type { Place } from "../outputs";
import { kindOf, type Obstacle, type Reader } from "./choose-place";

/** The process of the vSphere provider, which reads local files and downloads URLs. */
export function vsphereReader(formats: readonly FormatName[]): Reader {
  return { name: "the vSphere provider", formats, obstacle };
}

function obstacle(place: Place): Obstacle | undefined {
  if (["directory", "s3", "http", "https"].includes(kindOf(place))) return undefined;
  return {
    why: "The provider reads files from folders, web servers and buckets.",
    next: "Publish it to an `s3` or `directory` target as well.",
  };
}
