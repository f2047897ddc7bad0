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
import { isNotFound, kubeStatusError } from "./kube/errors";

/** The existing object with the name of a DataVolume. */
export type Verdict =
  | { readonly state: "missing" }
  /** Made by another program, or made by us and changed by another program. */
  | { readonly state: "foreign"; readonly why: string }
  /** Ours, and being removed. */
  | { readonly state: "terminating"; readonly why: string }
  /** Ours, and its upload has not succeeded yet. */
  | { readonly state: "unfinished"; readonly volume: Volume }
  /** Ours, and failed: it cannot be filled any more. */
  | { readonly state: "unusable"; readonly volume: Volume; readonly why: string }
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

/** Judges a DataVolume together with its PersistentVolumeClaim. */
export function judge(
  volume: Volume | undefined,
  claim: Claim | undefined,
  wanted: Wanted,
): Verdict {
  if (volume === undefined) {
    if (claim === undefined) return { state: "missing" };
    // Kubernetes removes the claim of a removed DataVolume as soon as no pod uses it.
    if (claim.metadata.ownerReferences.some(({ kind }) => kind === "DataVolume")) {
      return {
        state: "terminating",
        why: "The PersistentVolumeClaim of a removed one is still there.",
      };
    }
    return {
      state: "foreign",
      why: "A PersistentVolumeClaim of that name was made by another program.",
    };
  }
  const why = difference(markerOf(volume), wanted);
  if (why !== undefined) return { state: "foreign", why };
  const { uid, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined && deletionTimestamp !== null) {
    return { state: "terminating", why: "Its DataVolume is being removed." };
  }
  const owners = claim?.metadata.ownerReferences ?? [];
  const isOurs = owners.some((owner) => owner.kind === "DataVolume" && owner.uid === uid);
  const { phase } = volume.status;
  if (phase === "Failed") return { state: "unusable", volume, why: "Its upload has failed." };
  if (claim !== undefined && !isOurs) {
    const earlier = owners.some(({ kind }) => kind === "DataVolume");
    return earlier
      ? { state: "terminating", why: "The PersistentVolumeClaim of an earlier one is still there." }
      : { state: "foreign", why: "Its PersistentVolumeClaim is not that of the DataVolume." };
  }
  if (phase !== "Succeeded") return { state: "unfinished", volume };
  if (claim === undefined) {
    return { state: "unusable", volume, why: "Its PersistentVolumeClaim is gone." };
  }
  if (claim.status?.phase === "Lost") {
    return { state: "unusable", volume, why: "Its PersistentVolumeClaim has lost its volume." };
  }
  const claimDeletion = claim.metadata.deletionTimestamp ?? undefined;
  if (claimDeletion !== undefined) {
    return { state: "terminating", why: "Its PersistentVolumeClaim is being removed." };
  }
  // CDI recreates a deleted claim, and for a moment the DataVolume does not yet report that the new one is empty.
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
  const request = { method: "GET", path, doing: `read ${path}`, signal } as const;
  const response = await kube.call(request);
  if (isNotFound(response, name)) return undefined;
  if (response.status !== 200) throw kubeStatusError(response, request, kube.context);
  const parsed = schema.safeParse(response.body);
  if (parsed.success) return parsed.data;
  throw new StylusError("publish.failed", {
    what: `The response of ${kube.context.server.host} for ${path} is not a Kubernetes object.`,
    next: "Check that the kubeconfig points to the API server itself and not to a login page in front of it.",
  });
}
