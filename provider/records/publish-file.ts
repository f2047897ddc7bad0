import { cliOwner, type Marker } from "../plan/record";
import { StylusError } from "../base/errors";
import type { Publication } from "../schema/state";
import { thisProcess } from "../system/host/process-identity";
import type { LocalArtifact } from "../targets/local-artifact";
import type { ProgressOptions } from "../system/files/progress-options";
import type { RecordStore } from "../targets/record-store";
import type { Target } from "../targets/target";
import { extendMarker, readMarkers, type MarkerName } from "./markers";
import { addPublication } from "./record";
import { removeClaim } from "./release";
import { recordsOf } from "./scope";

/** A file to be published. */
export interface OutgoingFile {
  readonly artifact: LocalArtifact;
  /** Key of its record, in place of an install key. */
  readonly fileKey: string;
  /** Instance that owns it. */
  readonly instance: string;
  readonly encoder: string;
  readonly targets: readonly Target[];
  /** Throws if the file changed since it was hashed. */
  readonly verifyUnchanged: () => Promise<void>;
}

export interface PublishOutcome {
  readonly publications: readonly Publication[];
  readonly failures: readonly { readonly target: string; readonly cause: unknown }[];
}

type OptionsFor = (target: Target) => ProgressOptions;

/**
 * Publishes one file to its targets, one after the other; a failure at one does not affect the next. The marker is
 * written before the file, so that a publication can be found and removed even if the program is killed. The record has
 * no head, because nothing was installed: no resource adopts it.
 */
export async function publishFile(
  file: OutgoingFile,
  cacheRecords: RecordStore,
  optionsFor: OptionsFor,
  signal: AbortSignal,
): Promise<PublishOutcome> {
  const publications: Publication[] = [];
  const failures: PublishOutcome["failures"][number][] = [];
  for (const target of file.targets) {
    try {
      publications.push(await publishTo(target, file, cacheRecords, optionsFor, signal));
    } catch (cause) {
      await removeClaims(target, file, cacheRecords);
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
  optionsFor: OptionsFor,
  signal: AbortSignal,
): Promise<Publication> {
  const { artifact, fileKey, encoder } = file;
  const stores = [...recordsOf([target]), cacheRecords];
  for (const store of stores) await claim(store, file, signal);
  const publication = { ...(await target.publish(artifact, optionsFor(target))), encoder };
  try {
    await file.verifyUnchanged();
  } catch (thrown) {
    // The published bytes do not match the name, which is derived from the content.
    await target.remove(publication, signal);
    throw thrown;
  }
  const finding = await target.find(publication, signal);
  if (finding.state !== "present") {
    throw new StylusError("publish.failed", {
      what: `${publication.uri} was published, but was not found there afterwards (${finding.state}).`,
      next: "Check the target, then run the command again.",
    });
  }
  for (const store of stores) {
    await addPublication(store, fileKey, publication, signal);
    await extendMarker(store, fileKey, markerOf(file, "live"), signal);
  }
  if (target.capabilities.records !== undefined) {
    await target.capabilities.place?.ensureId(signal);
  }
  return publication;
}

async function claim(store: RecordStore, file: OutgoingFile, signal: AbortSignal): Promise<void> {
  const isOwn = ({ instance }: MarkerName): boolean => instance === file.instance;
  const own = await readMarkers(store, file.fileKey, signal, isOwn);
  const isLive = own.some(({ state }) => state === "live");
  await extendMarker(store, file.fileKey, markerOf(file, isLive ? "live" : "pending"), signal);
}

/** Removes the pending markers, and records without a publication. A failure here is ignored: a stale claim is harmless. */
async function removeClaims(
  target: Target,
  { fileKey, instance }: OutgoingFile,
  cacheRecords: RecordStore,
): Promise<void> {
  const timeout = AbortSignal.timeout(10_000);
  const stores = [...recordsOf([target]), cacheRecords];
  await Promise.allSettled(stores.map((store) => removeClaim(store, fileKey, instance, timeout)));
}

function markerOf({ instance, targets: all }: OutgoingFile, state: Marker["state"]): Marker {
  const targets = all.map(({ id }) => id);
  const time = new Date().toISOString();
  return { instance, owner: cliOwner, time, targets, ...thisProcess(), state };
}
