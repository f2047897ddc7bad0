import type { StylusError } from "../../base/errors";
import type { AgentEvent, StageName } from "../../plan/events";

/** Shows the progress of a command, to a person or to a program. */
export interface ProgressView {
  /** Announces the stages that may run. */
  readonly expect: (stages: readonly StageName[]) => void;
  readonly show: (event: AgentEvent) => void;
  /** Restores the terminal. Only the first call has an effect; `show` may still be called afterwards. */
  readonly end: (outcome: Outcome) => void;
  /** Set where `end` reports the error itself, so that the command must not print it again. */
  readonly reportsFailure?: true;
}

export type Outcome = { readonly state: "done" } | { readonly state: "failed"; error: StylusError };
