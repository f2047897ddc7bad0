import { z } from "zod";
import { templateUuid } from "../../../plan/template";
import type { Publication } from "../../../schema/state";
import { machineFactsSchema, type Machine } from "./machine";

/** What stands in the notes of a template of ours. A machine that is cloned from it has them as well. */
const markerSchema = z.object({
  artifactKey: z.string(),
  target: z.string(),
  /** The template's own: artifact, target and how it was asked for. */
  key: z.string(),
  /** As it was deployed; absent until that has ended. */
  machine: machineFactsSchema.optional(),
});
export type TemplateMarker = z.infer<typeof markerSchema>;

const beginning = "Published by pulumi-stylus-image, which removes it again: ";

export function annotationOf({ artifactKey, target, key, machine }: TemplateMarker): string {
  return beginning + JSON.stringify({ artifactKey, target, key, machine });
}

export function templateMarkerOf({
  annotation,
}: Pick<Machine, "annotation">): TemplateMarker | undefined {
  if (!annotation.startsWith(beginning)) return undefined;
  try {
    return markerSchema.safeParse(JSON.parse(annotation.slice(beginning.length))).data;
  } catch {
    return undefined;
  }
}

/** Deployed under a name of its own, and not yet known to be complete. */
export function isHalfDeployed(machine: Machine): boolean {
  const marker = templateMarkerOf(machine);
  if (marker === undefined || marker.machine !== undefined || machine.isTemplate) return false;
  return new RegExp(`-${marker.key.slice(0, 12)}-[0-9a-f]{12}$`).test(machine.name);
}

/**
 * Whether a machine is the template that we made, wherever it was moved: it has our note, and the name and UUID that
 * follow from it. vCenter gives a clone another UUID.
 */
export function isOwnTemplate(machine: Machine): boolean {
  const marker = templateMarkerOf(machine);
  if (marker?.machine === undefined || machine.uuid !== templateUuid(marker.key)) return false;
  return machine.name.endsWith(`-${marker.key.slice(0, 12)}`);
}

/** Whether it was made of that publication. */
export function isMadeOf(
  machine: Machine,
  { artifactKey, target }: Pick<Publication, "artifactKey" | "target">,
): boolean {
  const marker = templateMarkerOf(machine);
  return marker?.artifactKey === artifactKey && marker.target === target;
}
