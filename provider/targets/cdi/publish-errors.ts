import { StylusError } from "../../base/errors";
import { type VolumeAddress, volumeUri } from "./address";
import { type Volume, conditionsText } from "./volume";

/** The volume did not accept an upload, or did not succeed after it, within so many milliseconds. */
export function notReadyError(
  goal: "ready" | "succeeded",
  address: VolumeAddress,
  volume: Volume,
  timeout: number,
): StylusError {
  const lacking =
    goal === "ready" ? "does not accept an upload" : "has not succeeded after the upload";
  const conditions = conditionsText(volume);
  return new StylusError("publish.timed-out", {
    what: `${volumeUri(address)} is in the phase ${volume.status.phase ?? "(none)"} after ${durationOf(timeout)}, and ${lacking}.`,
    why: conditions === "" ? "CDI gives no reason." : `CDI says: ${conditions}.`,
    next: `Look at \`kubectl describe dv,pvc -n ${address.namespace} ${address.name}\` (no storage class, a full quota, no disk space), and run again: the next run continues from there.`,
  });
}

/** The volume was removed or replaced during the upload. */
export function lostVolumeError(address: VolumeAddress, why: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${volumeUri(address)} was removed or became unusable during the upload.`,
    why,
    next: "Look at it with `kubectl describe dv`, and run again, which creates a new one.",
  });
}

/** Another upload to the volume did not end within so many milliseconds. */
export function stillBusyError(address: VolumeAddress, timeout: number): StylusError {
  return new StylusError("publish.unreachable", {
    what: `Another upload to ${volumeUri(address)} has not ended for ${durationOf(timeout)}.`,
    why: "CDI accepts one upload at a time: another program publishes the same artifact, or CDI did not notice that an earlier upload broke off.",
    next: "Wait for the other program, or remove the DataVolume, and run again.",
  });
}

function durationOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}
