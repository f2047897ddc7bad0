import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import type { LocalArtifact } from "../local-artifact";
import { type VolumeAddress, volumeUri, volumesPath } from "./address";
import { type Verdict, examine } from "./examine";
import { kubeStatusError, statusOf } from "./kube/errors";
import { removeVolume } from "./remove-volume";
import { type CdiSession, nameTakenError } from "./session";
import { type Volume, type VolumeManifest, volumeFor } from "./volume";

export type HashedArtifact = LocalArtifact & { readonly sha256: string };

/** Phases in which an upload is possible, is under way, or has ended. */
const uploadPhases = ["UploadReady", "UploadInProgress", "Succeeded"];

/** The DataVolume of an artifact: the existing one if it is this artifact's, else a new one. */
export async function ensureVolume(
  session: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  signal: AbortSignal,
): Promise<Extract<Verdict, { readonly state: "same" | "unfinished" }>> {
  const { kube, spec, timeouts } = session;
  const manifest = volumeFor(spec, address, artifact);
  const deadline = Date.now() + timeouts.untilGone;
  for (;;) {
    const verdict = await examine(kube, address, artifact, signal);
    switch (verdict.state) {
      case "same":
        return verdict;
      case "unfinished":
        if (!isStuck(verdict.volume, manifest)) return verdict;
        await removeVolume(session, address, verdict.volume, signal);
        break;
      case "unusable":
        await removeVolume(session, address, verdict.volume, signal);
        break;
      case "missing":
        await createVolume(session, address, manifest, signal);
        break;
      case "terminating":
        if (Date.now() > deadline) throw stillTerminatingError(address, verdict.why);
        await pause(timeouts.pollInterval, signal);
        break;
      case "foreign":
        throw nameTakenError(address, verdict.why);
    }
  }
}

/** The volume waits for storage of former settings; CDI does not allow a change of the storage request. */
function isStuck({ spec, status }: Volume, manifest: VolumeManifest): boolean {
  return (
    !uploadPhases.includes(status.phase ?? "") &&
    canonicalJson(spec.storage) !== canonicalJson(manifest.spec.storage)
  );
}

/** Creates the volume. If another program was first, the next examination finds its volume. */
async function createVolume(
  { kube }: CdiSession,
  address: VolumeAddress,
  body: object,
  signal: AbortSignal,
): Promise<void> {
  const path = volumesPath(address.namespace);
  const request = { method: "POST", path, body, doing: "create a DataVolume", signal } as const;
  const response = await kube.call(request);
  const isCreated = response.status === 201;
  const exists = response.status === 409 && statusOf(response)?.reason === "AlreadyExists";
  if (!isCreated && !exists) throw kubeStatusError(response, request, kube.context);
}

function stillTerminatingError(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${volumeUri(address)} is being removed, but still exists.`,
    why: `${why} Kubernetes keeps it as long as a virtual machine uses it.`,
    next: "Stop the virtual machine that uses it, or look at it with `kubectl describe pvc`, and run again.",
  });
}
