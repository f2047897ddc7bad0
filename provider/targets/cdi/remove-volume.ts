import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { absentResult, alteredResult, removedResult, type RemoveResult } from "../remove-result";
import type { Publication } from "../../schema/state";
import { type VolumeAddress, addressOfUri, volumePath, volumeUri } from "./address";
import { readVolume } from "./examine";
import { kubeStatusError } from "./kube/errors";
import { type CdiSession, otherClusterError } from "./session";
import { type Volume, markerOf } from "./volume";

/** How often CDI may change a DataVolume between the read and the removal. */
const maxAttempts = 10;

/** Removes a DataVolume in exactly this version; a newer object under its name stays. */
export async function removeVolume(
  { kube, timeouts }: CdiSession,
  address: VolumeAddress,
  { metadata: { uid, resourceVersion } }: Volume,
  signal: AbortSignal,
): Promise<"removed" | "changed"> {
  const request = {
    method: "DELETE",
    path: volumePath(address),
    body: { preconditions: { uid, resourceVersion } },
    doing: `remove ${volumeUri(address)}`,
    signal,
  } as const;
  const response = await kube.call(request);
  if (response.status === 409) {
    await pause(timeouts.pollInterval / maxAttempts, signal);
    return "changed";
  }
  if (![200, 202, 404].includes(response.status)) {
    throw kubeStatusError(response, request, kube.context);
  }
  return "removed";
}

/**
 * Removes our DataVolume. Kubernetes then removes its PersistentVolumeClaim as soon as no pod uses it. Objects of others
 * under the same name stay.
 */
export async function removeFromCdi(
  session: CdiSession,
  publication: Publication,
  signal: AbortSignal,
): Promise<RemoveResult> {
  const address = addressOfUri(session.spec, publication);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const volume = await readVolume(session.kube, address, signal);
    if (volume === undefined) {
      const error = otherClusterError(session, publication, address);
      if (error !== undefined) throw error;
      return absentResult;
    }
    if (markerOf(volume)?.artifactKey !== publication.artifactKey) {
      return alteredResult(volumeUri(address));
    }
    if ((await removeVolume(session, address, volume, signal)) === "removed") return removedResult;
  }
  throw new StylusError("publish.failed", {
    what: `${volumeUri(address)} cannot be removed: it changed between each read and the removal.`,
    next: "Look at it with `kubectl describe dv`, and run again.",
  });
}
