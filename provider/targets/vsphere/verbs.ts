import type { Context } from "../../base/context";
import type { Publication } from "../../schema/state";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { AccessFindings, PublishNeeds } from "../access";
import type { LocalArtifact } from "../local-artifact";
import type { RemoveResult } from "../remove-result";
import type { Templates } from "../templates";
import type { Verdict } from "./datastore/sidecar";

export type VsphereTargetOptions = Pick<Context, "rootDirectory">;

/** Published, but the template that was to be deployed from it is missing or changed. */
interface Undeployed {
  readonly state: "undeployed";
  readonly why: string;
}

/** The verbs that a datastore and a library implement differently. */
export interface VsphereVerbs {
  examine(publication: Publication, signal: AbortSignal): Promise<Verdict | Undeployed>;
  checkAccess(needs: PublishNeeds, signal: AbortSignal): Promise<AccessFindings>;
  publish(
    artifact: LocalArtifact & { readonly sha256: string },
    options: ProgressOptions,
  ): Promise<Omit<Publication, "encoder">>;
  remove(publication: Publication, signal: AbortSignal): Promise<RemoveResult>;
  retrieve(publication: Publication, path: string, options: ProgressOptions): Promise<void>;
  /** The server's own ID of the datastore and folder, or of the library. */
  readPlaceId(signal: AbortSignal): Promise<string>;
  /** Absent for a datastore, which has no templates. */
  readonly templates?: Templates;
}
