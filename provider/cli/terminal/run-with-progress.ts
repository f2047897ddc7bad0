import type { ProgressOptions } from "../options/progress";
import { cancellable } from "./cancellable";
import { ReportedFailure, describeError } from "./failure";
import { progressView } from "./progress";
import type { ProgressView } from "./progress-view";

/** Callbacks for the progress of a command. */
interface ProgressRun {
  readonly view: ProgressView;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
  readonly warn: (message: string) => void;
}

interface RunOptions extends ProgressOptions {
  /** Reports more about a failure than the error says. Not called if the view reports the failure itself. */
  readonly onFailure?: (thrown: unknown, view: ProgressView) => void;
}

/** Runs a long command that can be cancelled, and shows its progress on standard error as the options say. */
export async function runWithProgress<T>(
  options: RunOptions,
  work: (run: ProgressRun) => Promise<T>,
): Promise<T> {
  const view = progressView(process.stderr, options);
  const log = (level: "info" | "warning") => (message: string) =>
    view.show({ type: "log", level, message });
  const note = log("info");
  try {
    const result = await cancellable(
      (signal) => work({ view, signal, note, warn: log("warning") }),
      note,
    );
    view.end({ state: "done" });
    return result;
  } catch (thrown) {
    view.end({ state: "failed", error: describeError(thrown) });
    if (view.reportsFailure === true) throw new ReportedFailure(thrown);
    options.onFailure?.(thrown, view);
    throw thrown;
  }
}
