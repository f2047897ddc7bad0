import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import type { Publication } from "../../schema/state";
import type { LocalArtifact } from "../local-artifact";
import { type VolumeAddress, addressOfUri, volumePath, volumeUri, volumesPath } from "./address";
import { type Verdict, examine, readVolume } from "./examine";
import { kubeFault, statusOf } from "./kube/faults";
import { type CdiSession, elsewhere, nameTaken } from "./session";
import { type Volume, type VolumeManifest, markerOf, sayingsOf, volumeFor } from "./volume";

export type HashedArtifact = LocalArtifact & { readonly sha256: string };

/** Phases in which bytes are on their way, can be, or were. */
const openPhases = ["UploadReady", "UploadInProgress", "Succeeded"];

/** The DataVolume of an artifact: the one that is there, where it is this very artifact's, else a new one. */
export async function obtainVolume(
  session: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  signal: AbortSignal,
): Promise<Extract<Verdict, { readonly state: "same" | "unfinished" }>> {
  const wanted = volumeFor(session.spec, address, artifact);
  const end = Date.now() + session.paces.untilGone;
  for (;;) {
    const verdict = await examine(session.kube, address, artifact, signal);
    switch (verdict.state) {
      case "same":
        return verdict;
      case "unfinished":
        if (!isStuck(verdict.volume, wanted)) return verdict;
        await removeVolume(session, address, verdict.volume, signal);
        break;
      case "spoilt":
        await removeVolume(session, address, verdict.volume, signal);
        break;
      case "missing":
        await create(session, address, wanted, signal);
        break;
      case "leaving":
        if (Date.now() > end) throw stillLeaving(address, verdict.why);
        await pause(session.paces.lookEvery, signal);
        break;
      case "foreign":
        throw nameTaken(address, verdict.why);
    }
  }
}

/** It waits for storage that is no longer asked for; CDI lets nobody change what a DataVolume asks for. */
function isStuck({ spec, status }: Volume, wanted: VolumeManifest): boolean {
  return (
    !openPhases.includes(status.phase ?? "") &&
    canonicalJson(spec.storage) !== canonicalJson(wanted.spec.storage)
  );
}

/** Creates it unless somebody else was first, which the next look tells. */
async function create(
  { kube }: CdiSession,
  address: VolumeAddress,
  body: object,
  signal: AbortSignal,
): Promise<void> {
  const path = volumesPath(address.namespace);
  const request = { method: "POST", path, body, doing: "create a DataVolume", signal } as const;
  const answer = await kube.call(request);
  const isFirst = answer.status === 201;
  const wasLate = answer.status === 409 && statusOf(answer)?.reason === "AlreadyExists";
  if (!isFirst && !wasLate) throw kubeFault(answer, request, kube.context);
}

/** How often a removal meets a volume that CDI has just changed. */
const mostTries = 10;

/** Removes a DataVolume of ours, and nothing that came to be under its name meanwhile. */
export async function removeVolume(
  { kube, paces }: CdiSession,
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
  const answer = await kube.call(request);
  if (answer.status === 409) {
    await pause(paces.lookEvery / mostTries, signal);
    return "changed";
  }
  if (![200, 202, 404].includes(answer.status)) throw kubeFault(answer, request, kube.context);
  return "removed";
}

function stillLeaving(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${volumeUri(address)} is being removed, and does not go.`,
    why: `${why} A virtual machine that uses it holds it.`,
    next: "Stop the virtual machine that uses it, or look at it with `kubectl describe pvc`, and run again.",
  });
}

/** It does not come as far as it has to. */
export function notComing(
  address: VolumeAddress,
  volume: Volume,
  wanted: string,
  milliseconds: number,
): StylusError {
  const said = sayingsOf(volume);
  return new StylusError("publish.timed-out", {
    what: `${volumeUri(address)} is in the phase ${volume.status.phase ?? "(none)"} after ${durationOf(milliseconds)}, and ${wanted}.`,
    why: said === "" ? "CDI says nothing of why." : `CDI says: ${said}.`,
    next: `Look at \`kubectl describe dv,pvc -n ${address.namespace} ${address.name}\` (no storage class, a full quota, no room), and run again, which goes on from there.`,
  });
}

export function durationOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/** How often CDI may change the DataVolume between our look and its removal. */
/**
 * Removes our DataVolume, and Kubernetes with it its PersistentVolumeClaim, as soon as no pod uses that. What others made
 * under its name stays.
 */
export async function removeFromCdi(
  session: CdiSession,
  publication: Publication,
  signal: AbortSignal,
): Promise<void> {
  const address = addressOfUri(session.spec, publication);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const volume = await readVolume(session.kube, address, signal);
    if (volume === undefined) {
      const fault = elsewhere(session, publication, address);
      if (fault !== undefined) throw fault;
      return;
    }
    if (markerOf(volume)?.artifactKey !== publication.artifactKey) return;
    if ((await removeVolume(session, address, volume, signal)) === "removed") return;
  }
  throw new StylusError("publish.failed", {
    what: `${volumeUri(address)} cannot be removed: it changes faster than it can be looked at.`,
    next: "Look at it with `kubectl describe dv`, and run again.",
  });
}
