import { z } from "zod";
import { templateUuid } from "../../../plan/template";
import type { Publication, Template } from "../../../schema/state";
import { findDatacenterAt, viewBelow } from "../client/inventory";
import { referenceOf } from "../client/managed-objects";
import { type Reference, type Soap, element, reference } from "../client/soap";
import {
  type Machine,
  destroyMachine,
  readMachineFacts,
  machineDifference,
  machineFactsSchema,
  machinesNamed,
  readMachine,
} from "./machine";
import type { Inventory } from "./placement";

/** Stored in the notes of each template of ours. A clone of the template has the same notes. */
const markerSchema = z.object({
  artifactKey: z.string(),
  target: z.string(),
  /** Hash of artifact, target and `deploy` options. */
  key: z.string(),
  /** The machine as it was deployed; absent until the deployment is complete. */
  machine: machineFactsSchema.optional(),
});
export type TemplateMarker = z.infer<typeof markerSchema>;

const beginning = "Published by pulumi-stylus-image, which removes it again: ";

export function annotationOf({ artifactKey, target, key, machine }: TemplateMarker): string {
  return beginning + JSON.stringify({ artifactKey, target, key, machine });
}

function templateMarkerOf({ annotation }: Pick<Machine, "annotation">): TemplateMarker | undefined {
  if (!annotation.startsWith(beginning)) return undefined;
  try {
    return markerSchema.safeParse(JSON.parse(annotation.slice(beginning.length))).data;
  } catch {
    return undefined;
  }
}

/** Whether a machine has its temporary name: its deployment is not known to be complete. */
export function isIncomplete(machine: Machine): boolean {
  const marker = templateMarkerOf(machine);
  if (marker === undefined || marker.machine !== undefined || machine.isTemplate) return false;
  return new RegExp(`-${marker.key.slice(0, 12)}-[0-9a-f]{12}$`).test(machine.name);
}

/**
 * Whether a machine is the template that was deployed, wherever it was moved: it has our notes, and the name and UUID
 * that follow from them. vCenter gives a clone another UUID.
 */
function isOwnTemplate(machine: Machine): boolean {
  const marker = templateMarkerOf(machine);
  if (marker?.machine === undefined || machine.uuid !== templateUuid(marker.key)) return false;
  return machine.name.endsWith(`-${marker.key.slice(0, 12)}`);
}

/** Whether a machine was deployed from that publication. */
function isMadeOf(
  machine: Machine,
  { artifactKey, target }: Pick<Publication, "artifactKey" | "target">,
): boolean {
  const marker = templateMarkerOf(machine);
  return marker?.artifactKey === artifactKey && marker.target === target;
}

export type TemplateVerdict =
  | { readonly state: "missing" }
  | { readonly state: "same" }
  /** As it was deployed, but a virtual machine and not a template. */
  | { readonly state: "unmarked"; readonly reference: Reference }
  | { readonly state: "different"; readonly why: string };

/** Examines the machine under the template's name in a folder. */
export async function examineTemplate(
  inventory: Inventory,
  folder: Reference,
  template: Template,
  publication: Publication,
): Promise<TemplateVerdict> {
  const { soap, server, deploy, signal } = inventory;
  const machine = await machineNamed(soap, folder, template.name, signal);
  if (machine === "missing") return { state: "missing" };
  const different = (why: string): TemplateVerdict => ({ state: "different", why });
  const marker = machine === "other" ? undefined : templateMarkerOf(machine);
  if (machine === "other" || marker?.machine === undefined) {
    return different(
      "It was made by another program: its notes have no marker of pulumi-stylus-image.",
    );
  }
  const isOurs = templateUuid(marker.key) === template.uuid && machine.uuid === template.uuid;
  if (!isOurs || !isMadeOf(machine, publication)) {
    return different("It is another machine or a clone: its UUID is not that of the template.");
  }
  if (!machine.isOff) return different("It is a virtual machine that is powered on.");
  const datacenter = await findDatacenterAt(soap, server, deploy.datacenter, signal);
  const placement = { datacenter, datacenterPath: deploy.datacenter };
  const facts = await readMachineFacts(soap, machine.reference, placement, signal);
  const why = machineDifference(facts, marker.machine);
  if (why !== undefined) return different(why);
  return machine.isTemplate
    ? { state: "same" }
    : { state: "unmarked", reference: machine.reference };
}

/** The object of that name in a folder; folders, vApps and virtual machines share one name space. */
async function machineNamed(
  soap: Soap,
  folder: Reference,
  name: string,
  signal: AbortSignal,
): Promise<Machine | "missing" | "other"> {
  const index = soap.object("searchIndex");
  const parameters = [reference("entity", folder), element("name", name)];
  const [found] = await soap.call("FindChild", index, parameters, signal);
  const child = referenceOf(found);
  if (child.id === "") return "missing";
  if (child.type !== "VirtualMachine") return "other";
  return (await readMachine(soap, child, signal)) ?? "missing";
}

/** The machines in a folder from incomplete deployments of that template. */
export async function incompleteMachines(
  soap: Soap,
  folder: Reference,
  template: Template,
  signal: AbortSignal,
): Promise<Machine[]> {
  const isName = (name: string): boolean => name.startsWith(`${template.name}-`);
  const children = { from: folder, path: "childEntity" };
  return (await machinesNamed(soap, children, isName, signal)).filter(isIncomplete);
}

/**
 * Removes every template that was deployed from a publication, with any options and wherever it was moved, except the one
 * with the UUID `except`. Clones, renamed templates and those converted to machines stay.
 */
export async function removeTemplates(
  soap: Soap,
  publication: Publication,
  except: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const root = soap.object("rootFolder");
  const view = await viewBelow(soap, root, ["VirtualMachine"], signal);
  const isName = (name: string): boolean => /-[0-9a-f]{12}$/.test(name);
  for (const machine of await machinesNamed(soap, { from: view, path: "view" }, isName, signal)) {
    if (!isMadeOf(machine, publication)) continue;
    const isTemplate = machine.isTemplate && machine.uuid !== except && isOwnTemplate(machine);
    if (isTemplate || isIncomplete(machine)) {
      await destroyMachine(soap, machine.reference, signal);
    }
  }
}
