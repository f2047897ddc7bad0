import type { Publication } from "../schema/state";
import type { AccessFindings, PublishNeeds } from "./access";
import type { Capabilities } from "./capabilities";
import type { FindResult } from "./find-result";
import type { ProgressOptions } from "../system/files/progress-options";
import type { LocalArtifact } from "./local-artifact";
import type { RemoveResult } from "./remove-result";
import type { RecordStore } from "./record-store";

/** A place where artifacts are published. Every verb is idempotent; no partial file is ever visible under its name. */
export interface Target {
  /** Identity, without credentials: the value of `Publication.target`. */
  readonly id: string;
  readonly capabilities: Capabilities;
  /**
   * Asks, before anything is built, whether `publish` would be refused: address, credentials, existence, rights and room.
   * Needs no right that `publish` does not need, says nothing where it cannot decide, and leaves nothing behind.
   */
  checkAccess(needs: PublishNeeds, signal: AbortSignal): Promise<AccessFindings>;
  find(publication: Publication, signal: AbortSignal): Promise<FindResult>;
  /** Uploads the artifact, or verifies and reuses an existing publication. A foreign object under the name is an error. */
  publish(artifact: LocalArtifact, options: ProgressOptions): Promise<Omit<Publication, "encoder">>;
  /** Removes a publication with everything made from it, and says what it did. An altered one stays. */
  remove(publication: Publication, signal: AbortSignal): Promise<RemoveResult>;
  /** Copies a publication to a local file, to convert from it. */
  retrieve(publication: Publication, path: string, options: ProgressOptions): Promise<void>;
}

/** A target that keeps records. */
export interface RecordingTarget extends Target {
  readonly capabilities: Capabilities & { readonly records: RecordStore };
}

/** Whether publications travel over a network to this target. */
export function isRemoteTarget({ capabilities }: Target): boolean {
  return capabilities.localFolder === undefined;
}

/**
 * Whether the publication lies at this target. For a folder, only the path in its URI decides: a relative path is another
 * folder in each project, and one folder has many paths.
 */
export function isPublishedAt({ id, capabilities }: Target, { target, uri }: Publication): boolean {
  const { localFolder } = capabilities;
  return localFolder === undefined ? target === id : localFolder.contains(uri);
}

/** Whether the publication may lie at this target, so that looking for it is worthwhile. */
export function mayBeAt(target: Target, publication: Publication): boolean {
  return (
    isPublishedAt(target, publication) ||
    target.capabilities.place?.mayHold?.(publication.uri) === true
  );
}

/** Whether the publication lies at this target, or was published under its identity, perhaps when a folder had another path. */
export function isListedFor(target: Target, publication: Publication): boolean {
  return publication.target === target.id || isPublishedAt(target, publication);
}
