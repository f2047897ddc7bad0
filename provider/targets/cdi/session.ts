import { cdiTargetId } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { type CdiTargetSpec } from "../../schema/targets/cdi";
import { type VolumeAddress, volumePath, volumeUri } from "./address";
import type { KubeClient } from "./kube/client";

/** How often the state of a DataVolume is read, and how long to wait for it; all in milliseconds. */
export interface CdiTimeouts {
  readonly pollInterval: number;
  /** Until the volume accepts an upload: storage is provisioned and a pod is started. */
  readonly untilReady: number;
  /** Until the volume has succeeded, after the last byte was sent. */
  readonly untilSucceeded: number;
  /** Until a volume that is being removed is gone. */
  readonly untilGone: number;
  /** Until another upload to the same volume has ended. */
  readonly untilFree: number;
  /** Between an upload that failed and the next one. */
  readonly retryDelay: number;
  /** After the first bytes of an upload: a proxy that rejects it does so before it reads the rest. */
  readonly headPause: number;
}

export const defaultTimeouts: CdiTimeouts = {
  pollInterval: 1000,
  untilReady: 600_000,
  untilSucceeded: 1_800_000,
  untilGone: 180_000,
  untilFree: 1_800_000,
  retryDelay: 3000,
  headPause: 500,
};

/** A target for the length of one verb. */
export interface CdiSession {
  readonly spec: CdiTargetSpec;
  readonly rootDirectory: string;
  readonly kube: KubeClient;
  readonly timeouts: CdiTimeouts;
}

/** The address of a DataVolume at the Kubernetes API, which `kubectl get --raw` can read. */
export function volumeUrl(kube: KubeClient, address: VolumeAddress): string {
  return kube.urlOf(volumePath(address));
}

/**
 * The error if a publication was made at another address of a cluster: a kubeconfig can point to another cluster from one
 * day to the next, so a missing DataVolume proves nothing. Undefined if the address is the same.
 */
export function otherClusterError(
  { spec, kube }: Pick<CdiSession, "spec" | "kube">,
  { uri, url }: Pick<Publication, "uri" | "url">,
  address: VolumeAddress,
): StylusError | undefined {
  if (url === volumeUrl(kube, address)) return undefined;
  const publishedAt = URL.canParse(url) ? new URL(url).host : url;
  return new StylusError("publish.unreachable", {
    what: `${uri} is not at ${kube.context.server.host}, the cluster of ${kube.context.name}.`,
    why: `It was published at ${publishedAt}, which may be another cluster.`,
    next: `Correct the kubeconfig, or name the context of that cluster in the target ${cdiTargetId(spec)}.`,
  });
}

/** The name of the DataVolume is taken by something else. */
export function nameTakenError(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.name-taken", {
    what: `${volumeUri(address)} already exists with other content.`,
    why: `${why} Objects that this program did not create, or that were changed, are never overwritten.`,
    next: "Rename or remove it with kubectl, or publish to another namespace.",
  });
}
