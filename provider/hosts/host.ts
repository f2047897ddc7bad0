import type { StylusError } from "../base/errors";
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
