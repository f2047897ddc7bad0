import { cdiTargetId } from "../../schema/targets/identity";
import { pause } from "../../base/cancellation";
import type { Publication } from "../../schema/state";
import type { ProgressOptions } from "../../system/files/progress-options";
import { volumeName, volumeUri, type VolumeAddress } from "./address";
import { ensureVolume, type HashedArtifact } from "./ensure-volume";
import { examine } from "./examine";
import { lostVolumeError, notReadyError, stillBusyError } from "./publish-errors";
import { nameTakenError, volumeUrl, type CdiSession } from "./session";
import { sendBytes } from "./upload";
import { findUploadProxy, requestToken } from "./upload-proxy";

/** Uploads that may fail by a lost connection; each one starts from the first byte, because CDI cannot resume. */
const maxUploads = 3;

/** Fills a new DataVolume with the artifact, or reuses the one that was filled with it. */
export async function publishToCdi(
  session: CdiSession,
  artifact: HashedArtifact,
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { kube, spec } = session;
  const { format, sizeBytes, sha256, mediaType, artifactKey } = artifact;
  const address = { namespace: kube.context.namespace, name: volumeName(artifact.name) };
  const found = await ensureVolume(session, address, artifact, options.signal);
  if (found.state === "unfinished") await fillVolume(session, address, artifact, options);
  options.onProgress(sizeBytes, sizeBytes);
  return {
    format,
    target: cdiTargetId(spec),
    uri: volumeUri(address),
    url: volumeUrl(kube, address),
    sizeBytes,
    sha256,
    mediaType,
    artifactKey,
  };
}

async function fillVolume(
  session: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  options: ProgressOptions,
): Promise<void> {
  const { signal } = options;
  const { timeouts } = session;
  const proxy = await findUploadProxy(session, signal);
  const busyUntil = Date.now() + timeouts.untilFree;
  let rejectedTokens = 0;
  for (let lostConnections = 0; ;) {
    // Another program may have filled it, or an earlier upload succeeded although its response was lost.
    if ((await waitFor("ready", session, address, artifact, signal)) === "succeeded") return;
    const token = await requestToken(session, address, signal);
    const sent = await sendBytes(proxy, token, artifact, options, timeouts);
    switch (sent.state) {
      case "done":
        await waitFor("succeeded", session, address, artifact, signal);
        return;
      case "busy":
        if (Date.now() > busyUntil) throw stillBusyError(address, timeouts.untilFree);
        break;
      case "token-rejected":
        // A token is valid for a few minutes, which may have passed before the upload began.
        if (++rejectedTokens === 2) throw sent.error;
        continue;
      case "connection-lost":
        if (++lostConnections === maxUploads) throw sent.error;
        break;
    }
    rejectedTokens = 0;
    await pause(timeouts.retryDelay, signal);
  }
}

/** Waits until the volume accepts an upload, or until an upload has succeeded. */
async function waitFor(
  goal: "ready" | "succeeded",
  { kube, timeouts }: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  signal: AbortSignal,
): Promise<"ready" | "succeeded"> {
  const timeout = goal === "ready" ? timeouts.untilReady : timeouts.untilSucceeded;
  const deadline = Date.now() + timeout;
  for (;;) {
    const verdict = await examine(kube, address, artifact, signal);
    switch (verdict.state) {
      case "same":
        return "succeeded";
      case "unfinished":
        if (goal === "ready" && verdict.volume.status.phase === "UploadReady") return "ready";
        if (Date.now() > deadline) throw notReadyError(goal, address, verdict.volume, timeout);
        break;
      case "foreign":
        throw nameTakenError(address, verdict.why);
      case "missing":
      case "terminating":
      case "unusable":
        throw lostVolumeError(address, verdict.state === "missing" ? "It is gone." : verdict.why);
    }
    await pause(timeouts.pollInterval, signal);
  }
}
