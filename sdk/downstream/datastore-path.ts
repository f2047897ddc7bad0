import * as pulumi from "@pulumi/pulumi";
import type { Artifact } from "../outputs";
import { refused } from "./refused";

/**
 * The path of a file within its datastore, as `cdroms[].path` of a `vsphere.VirtualMachine` takes it: of a `SiteSeed`,
 * or of an `iso`, at a `vsphere` target with `datastore`.
 *
 * ```ts
 * cdroms: [{ datastoreId: datastore.id, path: datastorePath(seed.artifact()) }],
 * ```
 *
 * Throws where the artifact lies elsewhere.
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
  throw refused({
    what: `${uri} is no file in a datastore.`,
    why: `A CD drive takes a file of a datastore, and the target is ${target}.`,
    next: "Publish it to a `vsphere` target with `datastore`, and name that target.",
  });
}
