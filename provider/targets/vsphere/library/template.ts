import { templateUuid } from "../../../plan/template";
import type { Publication, Template } from "../../../schema/state";
import { findDatacenterAt, viewBelow } from "../client/inventory";
import {
  destroyMachine,
  lookAtMachine,
  machineDifference,
  machinesNamed,
  readMachine,
  type Machine,
} from "./machine";
import type { Inventory } from "./placement";
import { referenceOf } from "../client/managed-objects";
import { element, reference, type Reference, type Soap } from "../client/soap";
import {
  isHalfDeployed,
  isMadeOf,
  isOwnTemplate,
  templateMarkerOf,
} from "./_vsphere-template-marker";

export type TemplateVerdict =
  | { readonly state: "missing" }
  | { readonly state: "same" }
  /** All is as we made it, but that it is a virtual machine still, or again. */
  | { readonly state: "unmarked"; readonly reference: Reference }
  | { readonly state: "different"; readonly why: string };

/** Whether the folder has this very template. */
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
    return different("It was made by something else: its notes do not carry our marker.");
  }
  const isOurs = templateUuid(marker.key) === template.uuid && machine.uuid === template.uuid;
  if (!isOurs || !isMadeOf(machine, publication)) {
    return different("It is another one, or a clone: its UUID is not that of the template.");
  }
  if (!machine.isOff) return different("It is a virtual machine that is switched on.");
  const datacenter = await findDatacenterAt(soap, server, deploy.datacenter, signal);
  const place = { datacenter, datacenterPath: deploy.datacenter };
  const facts = await lookAtMachine(soap, machine.reference, place, signal);
  const why = machineDifference(facts, marker.machine);
  if (why !== undefined) return different(why);
  return machine.isTemplate
    ? { state: "same" }
    : { state: "unmarked", reference: machine.reference };
}

/** What lies in a folder under that name; folders, applications and machines share their names. */
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

/** The machines in a folder that somebody began to deploy that template under. */
export async function halfDeployed(
  soap: Soap,
  folder: Reference,
  template: Template,
  signal: AbortSignal,
): Promise<Machine[]> {
  const isName = (name: string): boolean => name.startsWith(`${template.name}-`);
  const way = { from: folder, path: "childEntity" };
  return (await machinesNamed(soap, way, isName, signal)).filter(isHalfDeployed);
}

/**
 * Removes what was ever made of a publication, by whatever options and wherever it was moved, but for the template of
 * the UUID `but`. Clones, and what somebody renamed or uses as a machine, stay.
 */
export async function removeTemplates(
  soap: Soap,
  publication: Publication,
  but: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const root = soap.object("rootFolder");
  const view = await viewBelow(soap, root, ["VirtualMachine"], signal);
  const isName = (name: string): boolean => /-[0-9a-f]{12}$/.test(name);
  for (const machine of await machinesNamed(soap, { from: view, path: "view" }, isName, signal)) {
    if (!isMadeOf(machine, publication)) continue;
    const isTemplate = machine.isTemplate && machine.uuid !== but && isOwnTemplate(machine);
    if (isTemplate || isHalfDeployed(machine)) {
      await destroyMachine(soap, machine.reference, signal);
    }
  }
}
