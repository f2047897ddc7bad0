import type { Context } from "../../base/context";
import type { Publication } from "../../schema/state";
import type { ProgressOptions } from "../../system/files/progress-options";
import type { LocalArtifact } from "../local-artifact";
import type { Templates } from "../templates";
import type { Verdict } from "./datastore/sidecar";

export type VsphereTargetOptions = Pick<Context, "rootDirectory">;

/** As it was published, but without the template that the server was to make of it. */
interface Undeployed {
  readonly state: "undeployed";
  readonly why: string;
}

/** What a datastore and a library do differently. */
export interface VsphereVerbs {
  examine(publication: Publication, signal: AbortSignal): Promise<Verdict | Undeployed>;
  publish(
    artifact: LocalArtifact & { readonly sha256: string },
    options: ProgressOptions,
  ): Promise<Omit<Publication, "encoder">>;
  remove(publication: Publication, signal: AbortSignal): Promise<void>;
  retrieve(publication: Publication, path: string, options: ProgressOptions): Promise<void>;
  /** Absent where nothing is ever made of what lies there. */
  readonly templates?: Templates;
}
