import { StylusError } from "../../../base/errors";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { readProperties, referenceOf, type ObjectProperties } from "./managed-objects";
import { element, reference, type Reference, type Soap } from "./soap";

/** Where the target's datastore is in the inventory. */
export interface DatastorePlacement {
  readonly datacenter: Reference;
  /** With the folders above the datacenter, as `/folder` requires it. */
  readonly datacenterPath: string;
  readonly datastore: string;
  readonly reference: Reference;
  /** Lists its files. */
  readonly browser: Reference;
  readonly freeBytes: number;
  /** Unique for the storage behind it, whichever vCenter or host it is seen through. */
  readonly url?: string | undefined;
}

/** Finds datacenter and datastore. Throws `publish.not-found` with the existing names. */
export async function findDatastore(
  soap: Soap,
  spec: VsphereTargetSpec,
  signal: AbortSignal,
): Promise<DatastorePlacement> {
  const { datacenter, path } = await findDatacenter(soap, spec, signal);
  const [found] = await readProperties(soap, "Datacenter", [datacenter], ["datastore"], signal);
  const references = found?.values.get("datastore")?.children.map(referenceOf) ?? [];
  const properties = ["name", "browser", "summary.freeSpace", "summary.accessible", "summary.url"];
  const datastores = await readProperties(soap, "Datastore", references, properties, signal);
  const { datastore = "" } = spec;
  const placement = datastores.find((it) => nameOf(it) === datastore);
  if (placement === undefined) {
    throw missing(spec, "datastore", datastore, datastores.map(nameOf), `the datacenter "${path}"`);
  }
  if (placement.values.get("summary.accessible")?.text === "false") {
    throw new StylusError("publish.unreachable", {
      what: `The datastore "${datastore}" of ${spec.server} is not accessible.`,
      why: "No host of its datacenter has it mounted now.",
      next: "Look at its hosts and its storage in vCenter, and run again.",
    });
  }
  const freeBytes = Number(placement.values.get("summary.freeSpace")?.text ?? Infinity);
  const browser = referenceOf(placement.values.get("browser"));
  const url = placement.values.get("summary.url")?.text;
  const reference = placement.object;
  return { datacenter, datacenterPath: path, datastore, reference, browser, freeBytes, url };
}

interface Datacenter {
  readonly datacenter: Reference;
  readonly path: string;
}

async function findDatacenter(
  soap: Soap,
  spec: VsphereTargetSpec,
  signal: AbortSignal,
): Promise<Datacenter> {
  const { server, datacenter: path } = spec;
  if (path !== undefined) {
    return { datacenter: await findDatacenterAt(soap, server, path, signal), path };
  }
  const all = await listDatacenters(soap, signal);
  const [only] = all;
  if (only === undefined) throw missing(spec, "datacenter", "", [], "the inventory");
  if (all.length === 1) return only;
  throw new StylusError("publish.not-found", {
    what: `${spec.server} has ${all.length} datacenters: ${quoted(all.map(({ path }) => path))}.`,
    next: "Name the one that the datastore belongs to in the target's `datacenter`.",
  });
}

/** Finds the datacenter of a path. Throws `publish.not-found` with the existing paths. */
export async function findDatacenterAt(
  soap: Soap,
  server: string,
  path: string,
  signal: AbortSignal,
): Promise<Reference> {
  const parameters = [element("inventoryPath", path)];
  const index = soap.object("searchIndex");
  const [found] = await soap.call("FindByInventoryPath", index, parameters, signal);
  const datacenter = referenceOf(found);
  if (datacenter.type === "Datacenter") return datacenter;
  const paths = (await listDatacenters(soap, signal)).map((it) => it.path);
  throw missing({ server }, "datacenter", path, paths, "the inventory");
}

async function listDatacenters(soap: Soap, signal: AbortSignal): Promise<Datacenter[]> {
  const root = soap.object("rootFolder");
  const references = await listBelow(soap, root, ["Datacenter"], signal);
  const found = await readProperties(soap, "Datacenter", references, ["name", "parent"], signal);
  return Promise.all(
    found.map(async (it) => ({ datacenter: it.object, path: await pathOf(soap, it, signal) })),
  );
}

/** All objects of these types below a container, at any depth. */
export async function listBelow(
  soap: Soap,
  container: Reference,
  types: readonly string[],
  signal: AbortSignal,
): Promise<Reference[]> {
  const view = await viewBelow(soap, container, types, signal);
  const [listed] = await readProperties(soap, "ContainerView", [view], ["view"], signal);
  return listed?.values.get("view")?.children.map(referenceOf) ?? [];
}

/** The same as a view object of the server, which is removed with the session. */
export async function viewBelow(
  soap: Soap,
  container: Reference,
  types: readonly string[],
  signal: AbortSignal,
): Promise<Reference> {
  const [view] = await soap.call(
    "CreateContainerView",
    soap.object("viewManager"),
    [
      reference("container", container),
      ...types.map((type) => element("type", type)),
      element("recursive", "true"),
    ],
    signal,
  );
  return referenceOf(view);
}

/** The inventory path: the names from the root folder down, without the root folder itself. */
async function pathOf(soap: Soap, start: ObjectProperties, signal: AbortSignal): Promise<string> {
  const root = soap.object("rootFolder");
  const names = [nameOf(start)];
  let parent = referenceOf(start.values.get("parent"));
  while (parent.id !== "" && parent.id !== root.id) {
    const [folder] = await readProperties(soap, parent.type, [parent], ["name", "parent"], signal);
    if (folder === undefined) break;
    names.unshift(nameOf(folder));
    parent = referenceOf(folder.values.get("parent"));
  }
  return names.join("/");
}

/** The name of an object. vSphere escapes `/`, `\` and `%` in it. */
export function nameOf({ values }: ObjectProperties): string {
  const name = values.get("name")?.text ?? "";
  return name.replace(/%(2f|5c|25)/gi, (escape) => decodeURIComponent(escape));
}

function missing(
  { server }: Pick<VsphereTargetSpec, "server">,
  kind: "datacenter" | "datastore",
  name: string,
  names: readonly string[],
  where: string,
): StylusError {
  return new StylusError("publish.not-found", {
    what: `${server} has no ${kind} ${name === "" ? "" : `"${name}" `}in ${where}.`,
    why:
      names.length === 0
        ? "This user can see none."
        : `There ${names.length === 1 ? "is" : "are"} ${quoted(names)}.`,
    next: `Correct the target's \`${kind}\`, or let the user see it.`,
  });
}

/** Up to 20 names, in quotes. */
export function quoted(names: readonly string[]): string {
  const some = names.toSorted().slice(0, 20);
  const rest = names.length - some.length;
  return some.map((name) => `"${name}"`).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
