import type { AgentEvent } from "../plan/events";
import type { BuildRequest } from "../plan/plan";
import type { ImageState } from "../schema/state";

/** Where an agent runs. */
export interface BuildHost {
  /**
   * Builds what the request asks for.
   *
   * Throws a `BuildFailure` when it did not all work out; an abort ends the build within seconds and keeps what is
   * finished.
   */
  build(
    request: BuildRequest,
    onEvent: (event: AgentEvent) => void,
    signal: AbortSignal,
  ): Promise<ImageState>;
}
