import { cliOwner, type Marker } from "../plan/record";
import { StylusError } from "../base/errors";
import type { Publication } from "../schema/state";
import { recordsOf } from "./scope";
import { addPublication } from "./record";
import { listMarkers, mark } from "./markers";
import { abandon } from "./release";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalArtifact } from "../targets/local-artifact";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";

/** A file on its way to its targets. */
export interface OutgoingFile {
  readonly artifact: LocalArtifact;
  /** What its record is found by. */
  readonly fileKey: string;
  /** Whose marker keeps it. */
  readonly instance: string;
  readonly encoder: string;
  readonly targets: readonly Target[];
  /** Throws where the file is no longer the one that was looked at. */
  readonly verifyUnchanged: () => Promise<void>;
}

export interface Outcome {
  readonly publications: readonly Publication[];
  /** What went wrong, and where. */
  readonly failures: readonly { readonly target: string; readonly cause: unknown }[];
}

type Told = (target: Target) => ProgressOptions;

/**
 * Publishes one file, target by target; one that fails keeps no other from getting it. The record says whose it is
 * before anything is written, so that whatever lies at a target can be found and removed, also after a kill. It has no
 * head: nothing was installed, so no resource ever adopts it.
 */
export async function publishFile(
  file: OutgoingFile,
  cacheRecords: RecordStore,
  told: Told,
  signal: AbortSignal,
): Promise<Outcome> {
  const publications: Publication[] = [];
  const failures: Outcome["failures"][number][] = [];
  for (const target of file.targets) {
    try {
      publications.push(await publishTo(target, file, cacheRecords, told, signal));
    } catch (cause) {
      await withdraw(target, file, cacheRecords);
      if (signal.aborted) throw cause;
      failures.push({ target: target.id, cause });
    }
  }
  return { publications, failures };
}

async function publishTo(
  target: Target,
  file: OutgoingFile,
  cacheRecords: RecordStore,
  told: Told,
  signal: AbortSignal,
): Promise<Publication> {
  const { artifact, fileKey, encoder } = file;
  const stores = [...recordsOf([target]), cacheRecords];
  for (const store of stores) await claim(store, file, signal);
  const publication = { ...(await target.publish(artifact, told(target))), encoder };
  try {
    await file.verifyUnchanged();
  } catch (thrown) {
    // Under the name of one content lies another.
    await target.remove(publication, signal);
    throw thrown;
  }
  const finding = await target.find(publication, signal);
  if (finding.state !== "present") {
    throw new StylusError("publish.failed", {
      what: `${publication.uri} was published, but cannot be found there afterwards (${finding.state}).`,
      next: "Look at the target, then run it again.",
    });
  }
  for (const store of stores) {
    await addPublication(store, fileKey, publication, signal);
    await mark(store, fileKey, markerOf(file, "live"), signal);
  }
  return publication;
}

async function claim(store: RecordStore, file: OutgoingFile, signal: AbortSignal): Promise<void> {
  const markers = await listMarkers(store, file.fileKey, signal);
  if (markers.some(({ instance, state }) => instance === file.instance && state === "live")) return;
  await mark(store, file.fileKey, markerOf(file, "pending"), signal);
}

/** A claim to nothing leaves no record behind; what cannot be taken back now does no harm. */
async function withdraw(
  target: Target,
  { fileKey, instance }: OutgoingFile,
  cacheRecords: RecordStore,
): Promise<void> {
  const late = AbortSignal.timeout(10_000);
  const stores = [...recordsOf([target]), cacheRecords];
  await Promise.allSettled(stores.map((store) => abandon(store, fileKey, instance, late)));
}

function markerOf({ instance }: OutgoingFile, state: Marker["state"]): Marker {
  return { instance, owner: cliOwner, time: new Date().toISOString(), state };
}
