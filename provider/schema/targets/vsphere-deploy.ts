import { z } from "zod";
import { longestImageName } from "../names";
import { text } from "../primitives";

/** The root folder of each kind of inventory object in a datacenter. */
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
  /** Path of the datacenter, including folders. */
  datacenter: text.transform(trimmed).pipe(text),
  /** Existing folder of virtual machines. Default: the datacenter's root folder. */
  folder: z.string().default("").transform(withoutTrailingSlash),
  /** Exactly one of resource pool, cluster and host. `C0/Resources/edge` is a pool of the cluster C0. */
  resourcePool: text.transform(withoutTrailingSlash).optional(),
  cluster: text.transform(withoutTrailingSlash).optional(),
  host: text.transform(withoutTrailingSlash).optional(),
  datastore: text.transform(withoutTrailingSlash),
  /** Network of every network adapter of the OVA. */
  network: text.transform(withoutTrailingSlash),
  /** Provisioning of the template's disk; `thin` allocates only the used blocks. */
  provisioning: z.enum(["thin", "thick", "eagerZeroedThick"]).default("thin"),
  /** Prefix of the template's name. Default: the image's name. */
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      'must be letters, digits and ".", "_", "-", beginning with a letter or digit',
    )
    .max(longestImageName)
    .optional(),
});

/** Where to deploy a library's OVA. Values are names, or inventory paths as vCenter and `govc` write them. */
export const vsphereDeploy = deployObject
  .superRefine((deploy, context) => {
    const problem = (path: PropertyKey[], message: string): void => {
      context.addIssue({ code: "custom", path, message });
    };
    const pools = [deploy.resourcePool, deploy.cluster, deploy.host];
    if (pools.filter((pool) => pool !== undefined).length !== 1) {
      problem([], "needs exactly one of `resourcePool`, `cluster` and `host`");
    }
    for (const field of fields) {
      const path = deploy[field];
      const below = `/${deploy.datacenter}/${roots[field]}`;
      if (path?.startsWith("/") !== true || `${path}/`.startsWith(`${below}/`)) continue;
      problem([field], `is ${path}, which is not below ${below}`);
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

/** Inventory path of a field's value, from the root folder. */
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

/** Without slashes at the end. A slash at the beginning is kept: such a path begins with its datacenter. */
function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}
