import { cancellable } from "./run-watched";
import { faultInWords, ToldFailure } from "./failure";
import { progressView, type ProgressView } from "./progress";
import type { ProgressOptions } from "../options/progress";

export interface WatchedOptions extends ProgressOptions {
  /** Tells people more of a failure than the error does; a program has the events. */
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
    view.end({ state: "failed", error: faultInWords(thrown) });
    if (view.tellsFailure === true) throw new ToldFailure(thrown);
    options.onFailure?.(thrown, view);
    throw thrown;
  }
}
