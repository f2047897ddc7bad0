import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startResourceProvider, type ResourceProvider } from "./resource-provider";
import type { Vcenter } from "./vcenter";

const machineSchema = z.looseObject({
  name: z.string(),
  resourcePoolId: z.string(),
  datastoreId: z.string(),
  guestId: z.string(),
  firmware: z.enum(["bios", "efi"]),
  scsiType: z.string(),
  clone: z.object({ templateUuid: z.string() }),
  disks: z.tuple([z.object({ label: z.string(), size: z.number() })]),
  networkInterfaces: z.array(z.object({ networkId: z.string() })).min(1),
  cdroms: z.array(z.object({ datastoreId: z.string(), path: z.string() })),
});
type Machine = z.infer<typeof machineSchema>;

/**
 * The protocol of Pulumi's vSphere provider over a vCenter simulator: creates a machine as a clone of its template
 * with its CD, and destroys it. A property that differs from the template is an error here; the real provider would
 * reconfigure the clone.
 */
export function startVsphereProvider(vcenter: Vcenter): Promise<ResourceProvider> {
  const inventory = new Inventory(vcenter);
  return startResourceProvider({
    // The source of a clone cannot change; most other properties can.
    replaces: (_type, path) => /^(?:clone|ovfDeploy|replaceTrigger)\b/.test(path),
    deletesFirst: () => false,
    async create(_type, inputs, isPreview) {
      if (isPreview) return { id: "", outputs: inputs };
      const machine = machineSchema.parse(inputs);
      const id = await inventory.clone(machine);
      return { id, outputs: { ...inputs, uuid: id } };
    },
    update: (type) => Promise.reject(new Error(`No example changes a ${type} as it is.`)),
    async read(_type, id, outputs) {
      return (await inventory.machineOf(id)) === undefined ? undefined : outputs;
    },
    remove: (_type, id) => inventory.destroy(id),
    async invoke(token, args) {
      const { name, datacenterId } = placeSchema.parse(args);
      const [, kind = ""] = /:get(\w+)$/.exec(token) ?? [];
      return { ...args, id: await inventory.find(kind, name, datacenterId) };
    },
  });
}

const placeSchema = z.object({ name: z.string(), datacenterId: z.string().optional() });

const below: Readonly<Record<string, string>> = {
  Datastore: "datastore",
  Network: "network",
  ResourcePool: "host",
};

class Inventory {
  readonly #vcenter: Vcenter;
  /** Inventory paths of looked-up objects, by ID. */
  readonly #paths = new Map<string, string>();

  constructor(vcenter: Vcenter) {
    this.#vcenter = vcenter;
  }

  async find(kind: string, name: string, datacenterId: string | undefined): Promise<string> {
    const folder = below[kind];
    const path =
      folder === undefined ? `/${name}` : `${this.#path(datacenterId)}/${folder}/${name}`;
    const id = await this.#vcenter.idOf(path);
    if (id === undefined) throw new Error(`${path} is not there.`);
    this.#paths.set(id, path);
    return id;
  }

  async clone(machine: Machine): Promise<string> {
    const template = await this.machineOf(machine.clone.templateUuid);
    if (template === undefined) throw new Error(`No template ${machine.clone.templateUuid}.`);
    await this.#compare(template, machine);
    for (const { networkId } of machine.networkInterfaces) this.#path(networkId);
    const [, datacenter = ""] = this.#path(machine.datastoreId).split("/");
    const [cdrom] = machine.cdroms;
    const iso = cdrom === undefined ? undefined : this.#fileOf(cdrom);
    const folder = await this.#vcenter.idOf(`/${datacenter}/vm`);
    await this.#vcenter.soap(
      "CloneVM_Task",
      `VirtualMachine:${template}`,
      `<folder type="Folder">${folder}</folder><name>${machine.name}</name><spec><location>` +
        `<datastore type="Datastore">${machine.datastoreId}</datastore>` +
        `<pool type="ResourcePool">${machine.resourcePoolId}</pool>` +
        "</location><template>false</template><powerOn>false</powerOn></spec>",
    );
    const made = await this.#appears(`/${datacenter}/vm/${machine.name}`);
    if (iso !== undefined) await this.#insert(made, iso);
    return await this.#read(made, "config.uuid");
  }

  /** The machine's ID by its UUID. */
  async machineOf(uuid: string): Promise<string | undefined> {
    const wanted = `<uuid>${uuid}</uuid><vmSearch>true</vmSearch>`;
    const text = await this.#vcenter.soap("FindByUuid", "SearchIndex", wanted);
    return /<returnval[^>]*>([^<]+)</.exec(text)?.[1];
  }

  async destroy(uuid: string): Promise<void> {
    const machine = await this.machineOf(uuid);
    if (machine === undefined) throw new Error(`No machine ${uuid}.`);
    await this.#vcenter.soap("Destroy_Task", `VirtualMachine:${machine}`, "");
    while ((await this.machineOf(uuid)) !== undefined) await delay(50);
  }

  /** The medium in a machine's CD drive. */
  async cdOf(uuid: string): Promise<string | undefined> {
    const machine = await this.machineOf(uuid);
    const devices = await this.#read(machine ?? "", "config.hardware.device");
    return /VirtualCdromIsoBackingInfo[^>]*>.*?<fileName>([^<]+)</.exec(devices)?.[1];
  }

  async #compare(template: string, machine: Machine): Promise<void> {
    const devices = await this.#read(template, "config.hardware.device");
    const capacities = [...devices.matchAll(/<capacityInKB>(\d+)</g)].map(([, it]) => Number(it));
    const found = {
      isTemplate: await this.#read(template, "config.template"),
      guestId: await this.#read(template, "config.guestId"),
      firmware: (await this.#read(template, "config.firmware")) || "bios",
      scsiType: devices.includes("ParaVirtualSCSIController") ? "pvscsi" : "lsilogic-sas",
      size: Math.max(...capacities) / 1024 ** 2,
    };
    const { guestId, firmware, scsiType, disks } = machine;
    const asked = { isTemplate: "true", guestId, firmware, scsiType, size: disks[0].size };
    if (JSON.stringify(found) === JSON.stringify(asked)) return;
    throw new Error(`The template has ${JSON.stringify(found)}, not ${JSON.stringify(asked)}.`);
  }

  #fileOf({ datastoreId, path }: Machine["cdroms"][number]): string {
    const [, datacenter = "", , datastore = ""] = this.#path(datastoreId).split("/");
    const folder = this.#vcenter.datastores.get(`${datacenter}/${datastore}`);
    if (folder !== undefined && existsSync(join(folder, path))) return `[${datastore}] ${path}`;
    throw new Error(`There is no ${path} in the datastore ${datastore}.`);
  }

  async #insert(machine: string, iso: string): Promise<void> {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
    const backing = `<backing xsi:type="VirtualCdromIsoBackingInfo"><fileName>${iso}</fileName></backing>`;
    const device = `<device ${xsi} xsi:type="VirtualCdrom"><key>-1</key>${backing}<controllerKey>200</controllerKey><unitNumber>0</unitNumber></device>`;
    const spec = `<spec><deviceChange><operation>add</operation>${device}</deviceChange></spec>`;
    await this.#vcenter.soap("ReconfigVM_Task", `VirtualMachine:${machine}`, spec);
  }

  async #appears(path: string): Promise<string> {
    for (let tries = 0; tries < 100; tries++) {
      const id = await this.#vcenter.idOf(path);
      if (id !== undefined) return id;
      await delay(50);
    }
    throw new Error(`${path} does not appear.`);
  }

  /** One property of a machine as XML, without the enclosing element. */
  async #read(machine: string, property: string): Promise<string> {
    const text = await this.#vcenter.soap(
      "RetrieveProperties",
      "PropertyCollector:propertyCollector",
      `<specSet><propSet><type>VirtualMachine</type><pathSet>${property}</pathSet></propSet>` +
        `<objectSet><obj type="VirtualMachine">${machine}</obj></objectSet></specSet>`,
    );
    return /<val\b[^>]*>(.*)<\/val>/s.exec(text)?.[1] ?? "";
  }

  #path(id = ""): string {
    const path = this.#paths.get(id);
    if (path === undefined) throw new Error(`${id || "Nothing"} was never looked up.`);
    return path;
  }
}
