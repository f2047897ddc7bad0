import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { addressOfUri, volumeUri } from "./address";
import { readVolume } from "./examine";
import { removeVolume } from "./obtain";
import { elsewhere, type CdiSession } from "./session";
import { markerOf } from "./volume";

/** How often CDI may change the DataVolume between our look and its removal. */
const mostTries = 10;

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
