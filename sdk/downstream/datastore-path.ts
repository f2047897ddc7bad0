import * as pulumi from "@pulumi/pulumi";
import type { Artifact } from "../outputs";
import { inputError } from "./input-error";

/**
 * Returns the path of a file within its datastore, for `cdroms[].path` of a `vsphere.VirtualMachine`. The artifact is a
 * `SiteSeed` or an `iso` at a `vsphere` target with `datastore`.
 *
 * ```ts
 * cdroms: [{ datastoreId: datastore.id, path: datastorePath(seed.artifact()) }],
 * ```
 *
 * Throws if the artifact is not in a datastore.
 */
export function datastorePath(artifact: Artifact): string;
export function datastorePath(artifact: pulumi.Output<Artifact>): pulumi.Output<string>;
export function datastorePath(
  artifact: Artifact | pulumi.Output<Artifact>,
): string | pulumi.Output<string> {
  return pulumi.Output.isInstance(artifact) ? artifact.apply(pathOf) : pathOf(artifact);
}

function pathOf({ uri, target }: Artifact): string {
  const path = /^vsphere:\/\/[^/]+\/(?:.+?\/)?datastore\/[^/]+\/(.+)$/.exec(uri)?.[1];
  if (path !== undefined) return path.split("/").map(decodeURIComponent).join("/");
  throw inputError({
    what: `${uri} is not a file in a datastore.`,
    why: `A CD drive requires a file in a datastore, but the target is ${target}.`,
    next: "Publish it to a `vsphere` target with `datastore`, and select that target.",
  });
}
