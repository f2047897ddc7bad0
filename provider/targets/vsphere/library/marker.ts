import { z } from "zod";
import type { LibraryFiles, LibraryItem } from "./items";

/** Stored in the description of each item of ours. */
const markerSchema = z.object({
  artifactKey: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  /** The item's files: the server unpacks an OVA to an OVF and its disk. Absent until the upload is complete. */
  files: z.record(z.string(), z.number()).optional(),
  /** Whether a template was, or was about to be, deployed from it: a removal of the item looks for templates. */
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

/** Why the item is not this artifact; undefined if it is. */
export function itemDifference(
  item: LibraryItem,
  files: LibraryFiles,
  wanted: { readonly artifactKey: string; readonly sha256?: string | undefined },
): string | undefined {
  const marker = markerOf(item);
  if (marker === undefined) {
    return "It was made by another program: its description has no marker of pulumi-stylus-image.";
  }
  if (marker.artifactKey !== wanted.artifactKey) {
    return "It is another artifact: its artifact key differs.";
  }
  if (wanted.sha256 !== undefined && marker.sha256 !== wanted.sha256) {
    return `It was made from a file with the SHA-256 ${marker.sha256}.`;
  }
  const expected = describe(marker.files ?? {});
  const found = describe(files);
  return found === expected ? undefined : `It contains ${found}, expected ${expected}.`;
}

function describe(files: LibraryFiles): string {
  const named = Object.entries(files).map(([name, size]) => `${name} (${size} bytes)`);
  return named.length === 0 ? "nothing" : named.toSorted().join(", ");
}
