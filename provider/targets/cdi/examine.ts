import type { z } from "zod";
import { StylusError } from "../../base/errors";
import { claimPath, volumePath, type VolumeAddress } from "./address";
import {
  claimSchema,
  markerOf,
  volumeSchema,
  type Claim,
  type Volume,
  type VolumeMarker,
} from "./volume";
import type { KubeClient } from "./kube/client";
import { isNotFound, kubeFault } from "./kube/faults";

/** What is there under a name. */
export type Verdict =
  | { readonly state: "missing" }
  /** Of somebody else, or of us and changed by somebody else. */
  | { readonly state: "foreign"; readonly why: string }
  /** Ours, and on its way out. */
  | { readonly state: "leaving"; readonly why: string }
  /** Ours, and its upload has not ended yet. */
  | { readonly state: "unfinished"; readonly volume: Volume }
  /** Ours, and good for nothing any more. */
  | { readonly state: "spoilt"; readonly volume: Volume; readonly why: string }
  | { readonly state: "same"; readonly volume: Volume };

interface Wanted extends Pick<VolumeMarker, "artifactKey" | "sizeBytes"> {
  readonly sha256?: string | undefined;
}

export async function examine(
  kube: KubeClient,
  address: VolumeAddress,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Verdict> {
  const volume = await readVolume(kube, address, signal);
  const claim = await readClaim(kube, address, signal);
  return judge(volume, claim, wanted);
}

/** Pure: what a DataVolume and its PersistentVolumeClaim say together. */
export function judge(
  volume: Volume | undefined,
  claim: Claim | undefined,
  wanted: Wanted,
): Verdict {
  if (volume === undefined) {
    if (claim === undefined) return { state: "missing" };
    // Kubernetes collects what a removed DataVolume leaves, when no pod uses it any more.
    if (claim.metadata.ownerReferences.some(({ kind }) => kind === "DataVolume")) {
      return {
        state: "leaving",
        why: "The PersistentVolumeClaim of a removed one is still there.",
      };
    }
    return { state: "foreign", why: "A PersistentVolumeClaim of that name was made by others." };
  }
  const why = difference(markerOf(volume), wanted);
  if (why !== undefined) return { state: "foreign", why };
  const { uid, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined && deletionTimestamp !== null) {
    return { state: "leaving", why: "Its DataVolume is being removed." };
  }
  const owners = claim?.metadata.ownerReferences ?? [];
  const isOurs = owners.some((owner) => owner.kind === "DataVolume" && owner.uid === uid);
  const { phase } = volume.status;
  if (phase === "Failed") return { state: "spoilt", volume, why: "Its upload has failed." };
  if (claim !== undefined && !isOurs) {
    const earlier = owners.some(({ kind }) => kind === "DataVolume");
    return earlier
      ? { state: "leaving", why: "The PersistentVolumeClaim of an earlier one is still there." }
      : { state: "foreign", why: "Its PersistentVolumeClaim is not that of the DataVolume." };
  }
  if (phase !== "Succeeded") return { state: "unfinished", volume };
  if (claim === undefined) {
    return { state: "spoilt", volume, why: "Its PersistentVolumeClaim is gone." };
  }
  if (claim.status?.phase === "Lost") {
    return { state: "spoilt", volume, why: "Its PersistentVolumeClaim has lost its volume." };
  }
  const claimLeaves = claim.metadata.deletionTimestamp ?? undefined;
  if (claimLeaves !== undefined) {
    return { state: "leaving", why: "Its PersistentVolumeClaim is being removed." };
  }
  // CDI makes a claim anew that somebody deleted, and it takes a moment until the DataVolume tells that it is empty.
  return { state: claim.status?.phase === "Bound" ? "same" : "unfinished", volume };
}

function difference(marker: VolumeMarker | undefined, wanted: Wanted): string | undefined {
  if (marker === undefined) return "It was made by something else: it does not carry our marker.";
  if (marker.artifactKey !== wanted.artifactKey) {
    return "It is another artifact: its artifact key is a different one.";
  }
  if (wanted.sha256 !== undefined && marker.sha256 !== wanted.sha256) {
    return `It was made from a file with the SHA-256 ${marker.sha256}.`;
  }
  return marker.sizeBytes === wanted.sizeBytes
    ? undefined
    : `It was made from a file of ${marker.sizeBytes} bytes, expected ${wanted.sizeBytes}.`;
}

export async function readVolume(
  kube: KubeClient,
  address: VolumeAddress,
  signal: AbortSignal,
): Promise<Volume | undefined> {
  return read(kube, volumePath(address), address.name, volumeSchema, signal);
}

async function readClaim(
  kube: KubeClient,
  address: VolumeAddress,
  signal: AbortSignal,
): Promise<Claim | undefined> {
  return read(kube, claimPath(address), address.name, claimSchema, signal);
}

async function read<T extends z.ZodType>(
  kube: KubeClient,
  path: string,
  name: string,
  schema: T,
  signal: AbortSignal,
): Promise<z.output<T> | undefined> {
  const request = { method: "GET", path, doing: `look at ${path}`, signal } as const;
  const answer = await kube.call(request);
  if (isNotFound(answer, name)) return undefined;
  if (answer.status !== 200) throw kubeFault(answer, request, kube.context);
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw new StylusError("publish.failed", {
    what: `What ${kube.context.server.host} answered for ${path} is no object of Kubernetes.`,
    next: "Check that the kubeconfig leads to the cluster itself and not to a page before it.",
  });
}
