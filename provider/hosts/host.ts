import type { StylusError } from "../base/errors";
import type { AgentEvent } from "../plan/events";
import type { BuildRequest } from "../plan/plan";
import type { ImageState } from "../schema/state";

/** A build that ended early, with what it had published by then. */
export class BuildFailure extends Error {
  override readonly cause: StylusError;
  /** What exists now; absent where nothing was published. */
  readonly partial: ImageState | undefined;

  constructor(cause: StylusError, partial: ImageState | undefined) {
    super(cause.message, { cause });
    this.name = "BuildFailure";
    this.cause = cause;
    this.partial = partial;
  }
}

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
