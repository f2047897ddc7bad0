import type { StylusError } from "../base/errors";
import type { AgentEvent } from "../plan/events";
import type { BuildRequest } from "../plan/plan";
import type { ImageState } from "../schema/state";

/** A failed build, with the artifacts that it had published. */
export class BuildFailure extends Error {
  override readonly cause: StylusError;
  /** State of the published artifacts; undefined if nothing was published. */
  readonly partial: ImageState | undefined;

  constructor(cause: StylusError, partial: ImageState | undefined) {
    super(cause.message, { cause });
    this.name = "BuildFailure";
    this.cause = cause;
    this.partial = partial;
  }
}

/** A machine that builds images. */
export interface BuildHost {
  /**
   * Builds and publishes an image.
   *
   * Throws `BuildFailure`. An abort ends the build within seconds; finished stages are kept.
   */
  build(
    request: BuildRequest,
    onEvent: (event: AgentEvent) => void,
    signal: AbortSignal,
  ): Promise<ImageState>;
}
