import type { Publication } from "../schema/state";

/** Capability: virtual machine templates that the server deploys from publications, without another upload. */
export interface Templates {
  /** The publication with the template that the target's current options deploy from it. */
  describe(publication: Publication): Publication;
  /** Deploys the missing template. A foreign virtual machine of that name is an error. */
  deploy(publication: Publication, signal: AbortSignal): Promise<void>;
  /** Removes templates that former options deployed from the publication. */
  sweep(publication: Publication, signal: AbortSignal): Promise<void>;
}
