import { cdiTargetId, type CdiTargetSpec } from "../../schema/targets/cdi";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { volumePath, volumeUri, type VolumeAddress } from "./address";
import type { CdiPaces } from "./_cdi-paces";
import type { KubeClient } from "./kube/client";

/** A target for the length of one verb. */
export interface CdiSession {
  readonly spec: CdiTargetSpec;
  readonly rootDirectory: string;
  readonly kube: KubeClient;
  readonly paces: CdiPaces;
}

/** The address of a DataVolume at the cluster's API: with `kubectl get --raw` it can be read. */
export function volumeUrl(kube: KubeClient, address: VolumeAddress): string {
  return kube.urlOf(volumePath(address));
}

/**
 * Why it proves nothing that a publication is not there: a kubeconfig can lead to another cluster from one day to the
 * next. Undefined where it was published at this address of a cluster.
 */
export function elsewhere(
  { spec, kube }: Pick<CdiSession, "spec" | "kube">,
  { uri, url }: Pick<Publication, "uri" | "url">,
  address: VolumeAddress,
): StylusError | undefined {
  if (url === volumeUrl(kube, address)) return undefined;
  const then = URL.canParse(url) ? new URL(url).host : url;
  return new StylusError("publish.unreachable", {
    what: `${uri} is not at ${kube.context.server.host}, where ${kube.context.name} leads to.`,
    why: `It was published at ${then}, which may be another cluster.`,
    next: `Correct the kubeconfig, or name the context of that cluster in the target ${cdiTargetId(spec)}.`,
  });
}

/** What is there under a name is not what is to be published. */
export function nameTaken(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${volumeUri(address)} is there already and is not the artifact to be published.`,
    why: `${why} What this program did not write, or somebody changed, is never overwritten.`,
    next: "Rename or remove it with kubectl, or publish to another namespace.",
  });
}
