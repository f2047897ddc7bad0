import { z } from "zod";
import type { LibraryFiles, LibraryItem } from "./items";

/** What stands in the description of an item of ours, and nowhere else. */
const markerSchema = z.object({
  artifactKey: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  /** What the server made of it: an OVA becomes an OVF and its disk. Absent until it is complete. */
  files: z.record(z.string(), z.number()).optional(),
  /** Whether a template was, or was about to be, made of it: whoever removes the item looks for them. */
  deployed: z.boolean().optional(),
});
export type Marker = z.infer<typeof markerSchema>;

const beginning = "Published by pulumi-stylus-image, which removes it again: ";

export function descriptionOf(marker: Marker): string {
  const { artifactKey, sha256, sizeBytes, files, deployed } = marker;
  return beginning + JSON.stringify({ artifactKey, sha256, sizeBytes, files, deployed });
}

export function markerOf({ description }: LibraryItem): Marker | undefined {
  if (!description.startsWith(beginning)) return undefined;
  try {
    return markerSchema.safeParse(JSON.parse(description.slice(beginning.length))).data;
  } catch {
    return undefined;
  }
}

/** Why the item is not this very artifact, or undefined where it is. */
export function itemDifference(
  item: LibraryItem,
  files: LibraryFiles,
  wanted: { readonly artifactKey: string; readonly sha256?: string | undefined },
): string | undefined {
  const marker = markerOf(item);
  if (marker === undefined) {
    return "It was made by something else: its description does not carry our marker.";
  }
  if (marker.artifactKey !== wanted.artifactKey) {
    return "It is another artifact: its artifact key is a different one.";
  }
  if (wanted.sha256 !== undefined && marker.sha256 !== wanted.sha256) {
    return `It was made from a file with the SHA-256 ${marker.sha256}.`;
  }
  const expected = describe(marker.files ?? {});
  const found = describe(files);
  return found === expected ? undefined : `It holds ${found}, expected ${expected}.`;
}

function describe(files: LibraryFiles): string {
  const named = Object.entries(files).map(([name, size]) => `${name} (${size} bytes)`);
  return named.length === 0 ? "nothing" : named.toSorted().join(", ");
}
