import { z } from "zod";
import { longestImageName } from "../names";
import { text } from "../primitives";

/** The folder of a datacenter that vSphere keeps each kind of thing in. */
const roots = {
  folder: "vm",
  resourcePool: "host",
  cluster: "host",
  host: "host",
  datastore: "datastore",
  network: "network",
} as const;
export type DeployField = keyof typeof roots;

const fields = ["folder", "resourcePool", "cluster", "host", "datastore", "network"] as const;

const deployObject = z.strictObject({
  /** Path of the datacenter, folders included. */
  datacenter: text.transform(trimmed).pipe(text),
  /** Folder of virtual machines, which must exist; default the datacenter's own. */
  folder: z.string().default("").transform(bare),
  /** Resource pool, cluster or host: one of them. `C0/Resources/edge` is a pool of the cluster C0. */
  resourcePool: text.transform(bare).optional(),
  cluster: text.transform(bare).optional(),
  host: text.transform(bare).optional(),
  datastore: text.transform(bare),
  /** What every network card of the OVA is put on. */
  network: text.transform(bare),
  /** Of the template's disk; `thin` takes what is used of it. */
  provisioning: z.enum(["thin", "thick", "eagerZeroedThick"]).default("thin"),
  /** What the template's name begins with; default the image's name. */
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      'must be letters, digits and ".", "_", "-", beginning with a letter or digit',
    )
    .max(longestImageName)
    .optional(),
});

/** What a library's OVA is deployed to; names, or inventory paths as vCenter and `govc` write them. */
export const vsphereDeploy = deployObject
  .superRefine((deploy, context) => {
    const problem = (path: PropertyKey[], message: string): void => {
      context.addIssue({ code: "custom", path, message });
    };
    const places = [deploy.resourcePool, deploy.cluster, deploy.host];
    if (places.filter((place) => place !== undefined).length !== 1) {
      problem([], "needs exactly one of `resourcePool`, `cluster` and `host`");
    }
    for (const field of fields) {
      const path = deploy[field];
      const below = `/${deploy.datacenter}/${roots[field]}`;
      if (path?.startsWith("/") !== true || `${path}/`.startsWith(`${below}/`)) continue;
      problem([field], `is ${path}, which does not lie below ${below}`);
    }
  })
  .transform((deploy) => {
    const below = (field: DeployField, path: string): string =>
      trimmed(withoutStart(path, `/${deploy.datacenter}/${roots[field]}`));
    const { folder, resourcePool, cluster, host, datastore, network } = deploy;
    return {
      ...deploy,
      folder: below("folder", folder),
      ...(resourcePool !== undefined && { resourcePool: below("resourcePool", resourcePool) }),
      ...(cluster !== undefined && { cluster: below("cluster", cluster) }),
      ...(host !== undefined && { host: below("host", host) }),
      datastore: below("datastore", datastore),
      network: below("network", network),
    };
  });

export type VsphereDeploySpec = z.infer<typeof vsphereDeploy>;

/** Inventory path, from the root folder, of what a field names. */
export function inventoryPath(
  { datacenter }: Pick<VsphereDeploySpec, "datacenter">,
  field: DeployField,
  path: string,
): string {
  return [datacenter, roots[field], path].filter((part) => part !== "").join("/");
}

function withoutStart(path: string, start: string): string {
  return `${path}/`.startsWith(`${start}/`) ? path.slice(start.length) : path;
}

/** A path that begins with a slash stays one: it names its datacenter. */
function bare(path: string): string {
  return path.replace(/\/+$/, "");
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}
