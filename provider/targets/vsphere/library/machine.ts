import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isFault } from "../client/server-fault";
import { diskFactsSchema, readDiskFacts, type DiskFacts } from "../datastore/disks";
import { nameOf } from "../client/inventory";
import { readProperties, readReached, runTask } from "../client/managed-objects";
import { element, typeOf, type Reference, type Soap } from "../client/soap";
import { child, type XmlNode } from "../../../base/xml-read";

/** A virtual machine or a template. */
export interface Machine {
  readonly reference: Reference;
  readonly name: string;
  readonly uuid: string;
  readonly annotation: string;
  readonly isTemplate: boolean;
  readonly isOff: boolean;
}

/** Reads a machine; undefined if it does not exist any more. */
export async function readMachine(
  soap: Soap,
  reference: Reference,
  signal: AbortSignal,
): Promise<Machine | undefined> {
  const paths = ["name", "config.uuid", "config.annotation", "config.template"];
  const asked = readProperties(
    soap,
    "VirtualMachine",
    [reference],
    [...paths, "runtime.powerState"],
    signal,
  );
  const [found] = await asked.catch((thrown: unknown) => {
    if (isFault(thrown, "ManagedObjectNotFound")) return [];
    throw thrown;
  });
  if (found === undefined) return undefined;
  const text = (path: string): string => found.values.get(path)?.text ?? "";
  return {
    reference,
    name: nameOf(found),
    uuid: text("config.uuid").toLowerCase(),
    annotation: text("config.annotation"),
    isTemplate: text("config.template") === "true",
    isOff: text("runtime.powerState") === "poweredOff",
  };
}

/** The machines that a property of another object refers to and whose names match. All names are read first: notes are expensive. */
export async function machinesNamed(
  soap: Soap,
  source: { readonly from: Reference; readonly path: string },
  matches: (name: string) => boolean,
  signal: AbortSignal,
): Promise<Machine[]> {
  const all = await readReached(soap, source, "VirtualMachine", ["name"], signal);
  const machines: Machine[] = [];
  for (const it of all.filter((one) => matches(nameOf(one)))) {
    const machine = await readMachine(soap, it.object, signal);
    if (machine !== undefined) machines.push(machine);
  }
  return machines;
}

/** Properties of a machine that change when it is reconfigured or its disks are written to. */
export const machineFactsSchema = z.object({
  cpus: z.number(),
  memoryMB: z.number(),
  guestId: z.string(),
  firmware: z.string(),
  /** `null` for a disk whose descriptor cannot be read. */
  disks: z.array(diskFactsSchema.nullable()),
});
export type MachineFacts = z.infer<typeof machineFactsSchema>;

export async function readMachineFacts(
  soap: Soap,
  reference: Reference,
  { datacenter, datacenterPath }: { datacenter: Reference; datacenterPath: string },
  signal: AbortSignal,
): Promise<MachineFacts | undefined> {
  const paths = ["config.hardware", "config.guestId", "config.firmware"];
  const [found] = await readProperties(soap, "VirtualMachine", [reference], paths, signal);
  const hardware = found?.values.get("config.hardware");
  if (hardware === undefined) return undefined;
  const disks: (DiskFacts | null)[] = [];
  for (const [datastore = "", path = ""] of disksOf(hardware)) {
    const placement = {
      datacenter,
      datacenterPath,
      datastore,
      reference,
      browser: reference,
      freeBytes: 0,
    };
    disks.push((await readDiskFacts({ soap, placement, signal }, path)) ?? null);
  }
  return {
    cpus: Number(child(hardware, "numCPU")?.text),
    memoryMB: Number(child(hardware, "memoryMB")?.text),
    guestId: found?.values.get("config.guestId")?.text ?? "",
    firmware: found?.values.get("config.firmware")?.text ?? "",
    disks,
  };
}

/** Datastore and path of each disk. */
function disksOf(hardware: XmlNode): (readonly (string | undefined)[])[] {
  return hardware.children
    .filter((it) => it.name === "device" && typeOf(it) === "VirtualDisk")
    .map((it) => child(it, "backing", "fileName")?.text ?? "")
    .map((file) => /^\[(.*?)\] (.*)$/.exec(file)?.slice(1) ?? []);
}

/** Why a machine is not as it was deployed; undefined if it is. */
export function machineDifference(
  found: MachineFacts | undefined,
  expected: MachineFacts,
): string | undefined {
  if (found === undefined) return "Its hardware cannot be read.";
  if (!isDeepStrictEqual(found.disks, expected.disks)) {
    return "Its disk was written to, replaced or removed since.";
  }
  return isDeepStrictEqual(found, expected)
    ? undefined
    : "Its processors, memory, guest ID or firmware differ from the OVA's.";
}

/** Removes a machine with its disks; succeeds if it does not exist. */
export async function destroyMachine(
  soap: Soap,
  reference: Reference,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runTask(soap, "Destroy_Task", reference, [], signal);
  } catch (thrown) {
    if (!isFault(thrown, "ManagedObjectNotFound")) throw thrown;
  }
}

/** Changes name, UUID and notes of a machine atomically. Throws `DuplicateName` if the name is taken. */
export async function nameMachine(
  soap: Soap,
  reference: Reference,
  { name, uuid, annotation }: Pick<Machine, "name" | "uuid" | "annotation">,
  signal: AbortSignal,
): Promise<void> {
  // In the order of vSphere's schema.
  const spec = [element("name", name), element("uuid", uuid), element("annotation", annotation)];
  await runTask(soap, "ReconfigVM_Task", reference, [element("spec", spec)], signal);
}

/** Converts a powered-off machine to a template; succeeds if it is a template already. */
export async function markAsTemplate(
  soap: Soap,
  reference: Reference,
  signal: AbortSignal,
): Promise<void> {
  try {
    await soap.call("MarkAsTemplate", reference, [], signal);
  } catch (thrown) {
    if (!isFault(thrown, "NotSupported")) throw thrown;
    const machine = await readMachine(soap, reference, signal);
    if (machine?.isTemplate !== true) throw thrown;
  }
}

/** Whether a task runs on the machine, or the server forbids its removal. */
export async function isBusy(
  soap: Soap,
  reference: Reference,
  signal: AbortSignal,
): Promise<boolean> {
  const paths = ["recentTask", "disabledMethod"];
  const [found] = await readProperties(soap, "VirtualMachine", [reference], paths, signal);
  const disabled = found?.values.get("disabledMethod")?.children ?? [];
  if (disabled.some(({ text }) => text === "Destroy_Task")) return true;
  const tasks = found?.values.get("recentTask")?.children ?? [];
  const references = tasks.map(({ text }) => ({ type: "Task", id: text }));
  const states = await readProperties(soap, "Task", references, ["info.state"], signal);
  return states.some(({ values }) =>
    ["running", "queued"].includes(values.get("info.state")?.text ?? ""),
  );
}
