import { cdiTargetId } from "../../schema/targets/cdi";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { pause } from "../../base/cancellation";
import { volumeName, volumeUri, type VolumeAddress } from "./address";
import { examine } from "./examine";
import { durationOf, notComing, obtainVolume, type HashedArtifact } from "./obtain";
import { findUploadProxy, requestToken } from "./upload-proxy";
import { nameTaken, volumeUrl, type CdiSession } from "./session";
import { sendBytes } from "./upload";
import type { Volume } from "./volume";
import type { ProgressOptions } from "../../system/files/progress-options";

/** Uploads that a bad network may break before we give up; each begins anew, for CDI knows no other way. */
const mostUploads = 3;

/** Fills a DataVolume of its own with the artifact, or reuses the one that was filled with it. */
export async function publishToCdi(
  session: CdiSession,
  artifact: HashedArtifact,
  options: ProgressOptions,
): Promise<Omit<Publication, "encoder">> {
  const { kube, spec } = session;
  const { format, sizeBytes, sha256, mediaType, artifactKey } = artifact;
  const address = { namespace: kube.context.namespace, name: volumeName(artifact.name) };
  const found = await obtainVolume(session, address, artifact, options.signal);
  if (found.state === "unfinished") await fill(session, address, artifact, options);
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

async function fill(
  session: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  options: ProgressOptions,
): Promise<void> {
  const { signal } = options;
  const { paces } = session;
  const proxy = await findUploadProxy(session, signal);
  const busyUntil = Date.now() + paces.untilFree;
  let refusals = 0;
  for (let broken = 0; ;) {
    // Whoever else fills it may be done; and an answer that was lost may have said so.
    if ((await comesTo("ready", session, address, artifact, signal)) === "succeeded") return;
    const token = await requestToken(session, address, signal);
    const sent = await sendBytes(proxy, token, artifact, options, paces);
    switch (sent.state) {
      case "done":
        await comesTo("succeeded", session, address, artifact, signal);
        return;
      case "busy":
        if (Date.now() > busyUntil) throw neverFree(address, paces.untilFree);
        break;
      case "token-refused":
        // Between the request and the upload its few minutes may have passed.
        if (++refusals === 2) throw sent.fault;
        continue;
      case "broken":
        if (++broken === mostUploads) throw sent.fault;
        break;
    }
    refusals = 0;
    await pause(paces.beforeRepeat, signal);
  }
}

/** Waits until it takes an upload, or until one has ended well. */
async function comesTo(
  goal: "ready" | "succeeded",
  { kube, paces }: CdiSession,
  address: VolumeAddress,
  artifact: HashedArtifact,
  signal: AbortSignal,
): Promise<"ready" | "succeeded"> {
  const patience = goal === "ready" ? paces.untilReady : paces.untilSucceeded;
  const end = Date.now() + patience;
  for (;;) {
    const verdict = await examine(kube, address, artifact, signal);
    switch (verdict.state) {
      case "same":
        return "succeeded";
      case "unfinished":
        if (goal === "ready" && verdict.volume.status.phase === "UploadReady") return "ready";
        if (Date.now() > end) throw late(goal, address, verdict.volume, patience);
        break;
      case "foreign":
        throw nameTaken(address, verdict.why);
      case "missing":
      case "leaving":
      case "spoilt":
        throw lost(address, verdict.state === "missing" ? "It is gone." : verdict.why);
    }
    await pause(paces.lookEvery, signal);
  }
}

function late(
  goal: "ready" | "succeeded",
  address: VolumeAddress,
  volume: Volume,
  patience: number,
): StylusError {
  const wanted = goal === "ready" ? "takes no upload" : "has not succeeded after all was sent";
  return notComing(address, volume, wanted, patience);
}

function lost(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${volumeUri(address)} was removed or spoilt while it was filled.`,
    why,
    next: "Look at it with `kubectl describe dv`, and run again, which makes it anew.",
  });
}

function neverFree(address: VolumeAddress, patience: number): StylusError {
  return new StylusError("publish.unreachable", {
    what: `Another upload to ${volumeUri(address)} has not ended for ${durationOf(patience)}.`,
    why: "CDI takes one at a time: another program publishes the same, or the end of a broken one was not noticed.",
    next: "Wait for the other program, or remove the DataVolume, and run again.",
  });
}
