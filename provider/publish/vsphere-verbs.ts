import type { Publication } from "../spec/state";
import type { LocalArtifact, PublishOptions } from "./target";
import type { Verdict } from "./vsphere-examine";

export interface VsphereTargetOptions {
  /** What relative paths resolve against. */
  readonly rootDirectory: string;
}

/** What a datastore and a library do differently. */
export interface VsphereVerbs {
  examine(publication: Publication, signal: AbortSignal): Promise<Verdict>;
  publish(
    artifact: LocalArtifact & { readonly sha256: string },
    options: PublishOptions,
  ): Promise<Omit<Publication, "encoder">>;
  remove(publication: Publication, signal: AbortSignal): Promise<void>;
  retrieve(publication: Publication, path: string, options: PublishOptions): Promise<void>;
}
