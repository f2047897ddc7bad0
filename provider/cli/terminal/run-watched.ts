import { cancelled } from "../../base/cancellation";
import type { ProgressOptions } from "../options/progress";
import { ToldFailure, faultInWords } from "./failure";
import { type ProgressView, progressView } from "./progress";

/** A wrapper such as npm may pass one Ctrl-C on a second time. */
const echoMilliseconds = 500;

/**
 * Runs a command until it ends or is cancelled. The first Ctrl-C (or SIGTERM) lets it end in order, so that QEMU is
 * gone and what is finished is kept; the second one leaves at once.
 */
export async function cancellable<T>(
  work: (signal: AbortSignal) => Promise<T>,
  note: (text: string) => void,
): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    const now = performance.now();
    if (controller.signal.aborted && now - first < echoMilliseconds) return;
    if (controller.signal.aborted) process.exit(130);
    first = now;
    note("Cancelling; what is finished is kept. Press Ctrl-C again to leave at once.");
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } catch (thrown) {
    // Whatever broke first because of the cancellation is not the story to tell.
    throw controller.signal.aborted ? cancelled(controller.signal) : thrown;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

interface WatchedOptions extends ProgressOptions {
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
