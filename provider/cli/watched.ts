import { cancellable } from "./cancellable";
import { faultOf, ToldFailure } from "./failure";
import { withOptionNames } from "./option-names";
import { progressView, type ProgressView } from "./progress";
import type { ProgressOptions } from "./progress-options";

export interface WatchedOptions extends ProgressOptions {
  /** What is told of a failure besides the error. */
  readonly onFailure?: (thrown: unknown, view: ProgressView) => void;
}

/** Runs work that takes a while: it can be cancelled, and is seen on standard error in the way that the options say. */
export async function watched<T>(
  options: WatchedOptions,
  work: (view: ProgressView, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const view = progressView(process.stderr, options);
  const note = (message: string): void => view.show({ type: "log", level: "info", message });
  try {
    const result = await cancellable((signal) => work(view, signal), note);
    view.end({ state: "done" });
    return result;
  } catch (thrown) {
    view.end({ state: "failed", error: withOptionNames(faultOf(thrown)) });
    options.onFailure?.(thrown, view);
    throw view.tellsFailure === true ? new ToldFailure(thrown) : thrown;
  }
}
