import { StylusError } from "../../../base/errors";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { readProperties, referenceOf, type ObjectProperties } from "./managed-objects";
import { element, reference, type Reference, type Soap } from "./soap";

/** The datastore of a target, as the server knows it at this moment. */
export interface DatastorePlace {
  readonly datacenter: Reference;
  /** With the folders that the datacenter lies in, as `/folder` wants it. */
  readonly datacenterPath: string;
  readonly datastore: string;
  /** Lists its files. */
  readonly browser: Reference;
  readonly freeBytes: number;
}

/** Finds datacenter and datastore; throws `publish.not-found`, with the names that there are. */
export async function findDatastore(
  soap: Soap,
  spec: VsphereTargetSpec,
  signal: AbortSignal,
): Promise<DatastorePlace> {
  const { datacenter, path } = await findDatacenter(soap, spec, signal);
  const [found] = await readProperties(soap, "Datacenter", [datacenter], ["datastore"], signal);
  const references = found?.values.get("datastore")?.children.map(referenceOf) ?? [];
  const properties = ["name", "browser", "summary.freeSpace", "summary.accessible"];
  const datastores = await readProperties(soap, "Datastore", references, properties, signal);
  const { datastore = "" } = spec;
  const place = datastores.find((it) => nameOf(it) === datastore);
  if (place === undefined) {
    throw missing(spec, "datastore", datastore, datastores.map(nameOf), `the datacenter "${path}"`);
  }
  if (place.values.get("summary.accessible")?.text === "false") {
    throw new StylusError("publish.unreachable", {
      what: `The datastore "${datastore}" of ${spec.server} is not accessible.`,
      why: "No host of its datacenter has it mounted at this moment.",
      next: "Look at its hosts and its storage in vCenter, and run again.",
    });
  }
  const freeBytes = Number(place.values.get("summary.freeSpace")?.text ?? Infinity);
  const browser = referenceOf(place.values.get("browser"));
  return { datacenter, datacenterPath: path, datastore, browser, freeBytes };
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
  const { server, datacenter: wanted } = spec;
  if (wanted !== undefined) {
    return { datacenter: await findDatacenterAt(soap, server, wanted, signal), path: wanted };
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

/** The datacenter of that path; throws `publish.not-found`, with the paths that there are. */
export async function findDatacenterAt(
  soap: Soap,
  server: string,
  path: string,
  signal: AbortSignal,
): Promise<Reference> {
  const wanted = [element("inventoryPath", path)];
  const index = soap.object("searchIndex");
  const [found] = await soap.call("FindByInventoryPath", index, wanted, signal);
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

/** Everything of these types below a container, at any depth. */
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

/** The same as an object of the server's, which goes with the session. */
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

/** The names on the way down from the root folder, which itself counts for nothing. */
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

/** vSphere writes `/`, `\` and `%` in a name as escapes. */
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
        ? `There is none at all that this user may see.`
        : `There ${names.length === 1 ? "is" : "are"} ${quoted(names)}.`,
    next: `Correct the target's \`${kind}\`, or let the user see it.`,
  });
}

/** Of very many names, some. */
export function quoted(names: readonly string[]): string {
  const some = names.toSorted().slice(0, 20);
  const rest = names.length - some.length;
  return some.map((name) => `"${name}"`).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
