import type { JsonOptions } from "../options/option";

export interface PruneOptions extends JsonOptions {
  readonly all?: boolean;
  /** Milliseconds. */
  readonly olderThan?: number;
}
