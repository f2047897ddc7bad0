import { StylusError } from "../../../base/errors";
import {
  inventoryPath,
  type DeployField,
  type VsphereDeploySpec,
} from "../../../schema/targets/vsphere-deploy";
import { findDatacenterAt, listBelow, nameOf, quoted } from "../client/inventory";
import { readProperties, referenceOf } from "../client/managed-objects";
import { element, type Reference, type Soap } from "../client/soap";

/** The inventory objects that a template is deployed to. */
export interface DeployPlacement {
  readonly folder: Reference;
  readonly pool: Reference;
  readonly host: Reference | undefined;
  readonly datastore: Reference;
  readonly network: Reference;
}

interface Kind {
  readonly what: string;
  readonly types: readonly string[];
}

const kinds: Readonly<Record<DeployField, Kind>> = {
  folder: { what: "folder of virtual machines", types: ["Folder"] },
  resourcePool: { what: "resource pool", types: ["ResourcePool", "VirtualApp"] },
  cluster: { what: "cluster", types: ["ClusterComputeResource"] },
  host: { what: "host", types: ["HostSystem"] },
  datastore: { what: "datastore", types: ["Datastore"] },
  network: { what: "network", types: ["Network", "DistributedVirtualPortgroup", "OpaqueNetwork"] },
};

/** An inventory, and the placement to find in it. */
export interface Inventory {
  readonly soap: Soap;
  readonly server: string;
  readonly deploy: VsphereDeploySpec;
  readonly signal: AbortSignal;
}

/** Finds every object of the placement. Throws `publish.not-found` with the existing names. */
export async function findPlacement(inventory: Inventory): Promise<DeployPlacement> {
  const { cluster, host, resourcePool } = inventory.deploy;
  const folder = await findFolder(inventory);
  const datastore = await find(inventory, "datastore", inventory.deploy.datastore);
  const network = await find(inventory, "network", inventory.deploy.network);
  const common = { folder, datastore, network };
  if (resourcePool !== undefined) {
    const pool = await find(inventory, "resourcePool", resourcePool);
    return { ...common, pool, host: undefined };
  }
  if (cluster !== undefined) {
    const found = await find(inventory, "cluster", cluster);
    return { ...common, pool: await property(inventory, found, "resourcePool"), host: undefined };
  }
  const found = await find(inventory, "host", host ?? "");
  const owner = await property(inventory, found, "parent");
  return { ...common, pool: await property(inventory, owner, "resourcePool"), host: found };
}

/** Finds the folder of the template. Throws `publish.not-found` if there is none. */
export function findFolder(inventory: Inventory): Promise<Reference> {
  return find(inventory, "folder", inventory.deploy.folder);
}

/** Finds an object by its inventory path or by a unique name; a folder by its path only, which is part of the template's path. */
async function find(inventory: Inventory, field: DeployField, wanted: string): Promise<Reference> {
  const { soap, server, deploy, signal } = inventory;
  const { what, types } = kinds[field];
  const direct = await atPath(inventory, inventoryPath(deploy, field, wanted));
  if (types.includes(direct.type)) return direct;

  await findDatacenterAt(soap, server, deploy.datacenter, signal);
  const root = await atPath(inventory, inventoryPath(deploy, field, ""));
  const all = await entitiesBelow(inventory, root, types);
  const named = field === "folder" ? [] : all.filter(({ name }) => name === wanted);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only.reference;
  const names = all.map((it) => (field === "folder" ? pathIn(all, it) : it.name));
  const where = `The datacenter "${deploy.datacenter}" of ${server}`;
  throw new StylusError("publish.not-found", {
    what:
      named.length > 1
        ? `${where} has more than one ${what} "${wanted}".`
        : `${where} has no ${what} "${wanted}".`,
    why:
      names.length === 0
        ? "This user can see none."
        : `There ${names.length === 1 ? "is" : "are"} ${quoted(names)}.`,
    next: `Correct \`deploy.${field}\`, for example to a path below /${inventoryPath(deploy, field, "")}; nothing was deployed.`,
  });
}

async function atPath({ soap, signal }: Inventory, path: string): Promise<Reference> {
  const index = soap.object("searchIndex");
  const wanted = [element("inventoryPath", path)];
  const [found] = await soap.call("FindByInventoryPath", index, wanted, signal);
  return referenceOf(found);
}

interface Entity {
  readonly reference: Reference;
  readonly name: string;
  readonly parent: string;
}

async function entitiesBelow(
  { soap, signal }: Inventory,
  container: Reference,
  types: readonly string[],
): Promise<Entity[]> {
  if (container.id === "") return [];
  const references = await listBelow(soap, container, types, signal);
  const found = await Promise.all(
    types.map((type) => {
      const some = references.filter((it) => it.type === type);
      return readProperties(soap, type, some, ["name", "parent"], signal);
    }),
  );
  return found.flat().map((it) => ({
    reference: it.object,
    name: nameOf(it),
    parent: it.values.get("parent")?.text ?? "",
  }));
}

function pathIn(all: readonly Entity[], { name, parent }: Entity): string {
  const above = all.find(({ reference }) => reference.id === parent);
  return above === undefined ? name : `${pathIn(all, above)}/${name}`;
}

async function property(
  { soap, signal }: Inventory,
  of: Reference,
  name: string,
): Promise<Reference> {
  const [found] = await readProperties(soap, of.type, [of], [name], signal);
  return referenceOf(found?.values.get(name));
}
