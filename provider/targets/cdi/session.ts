import type { Context } from "../../base/context";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { type CdiTargetSpec, cdiTargetId } from "../../schema/targets/cdi";
import { type VolumeAddress, volumePath, volumeUri } from "./address";
import type { KubeClient } from "./kube/client";

/** How often CDI is looked at, and how long it is waited for; all in milliseconds. */
export interface CdiPaces {
  readonly lookEvery: number;
  /** Until the volume is there and takes an upload: storage is provisioned and a pod is started. */
  readonly untilReady: number;
  /** Until it has succeeded, after the bytes were taken. */
  readonly untilSucceeded: number;
  /** Until what is being removed is gone. */
  readonly untilGone: number;
  /** Until another upload to the same volume has ended. */
  readonly untilFree: number;
  /** Between an upload that broke and the next. */
  readonly beforeRepeat: number;
  /** A proxy that refuses does so on the head alone, and gets that long before the rest follows. */
  readonly afterHead: number;
}

export const usualPaces: CdiPaces = {
  lookEvery: 1000,
  untilReady: 600_000,
  untilSucceeded: 1_800_000,
  untilGone: 180_000,
  untilFree: 1_800_000,
  beforeRepeat: 3000,
  afterHead: 500,
};

/** A target for the length of one verb. */
export interface CdiSession extends Pick<Context, "rootDirectory"> {
  readonly spec: CdiTargetSpec;
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
