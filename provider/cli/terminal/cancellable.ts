import { cancelled } from "../../base/cancellation";

/** A second signal within this time is the same Ctrl-C, which wrappers such as npm pass on again. */
const repeatMilliseconds = 500;

/**
 * Runs work until it ends or is cancelled. The first Ctrl-C or SIGTERM aborts the signal, so that QEMU is stopped and
 * finished results are kept; the second one exits at once.
 */
export async function cancellable<T>(
  work: (signal: AbortSignal) => Promise<T>,
  note: (text: string) => void,
): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    const now = performance.now();
    if (controller.signal.aborted && now - first < repeatMilliseconds) return;
    if (controller.signal.aborted) process.exit(130);
    first = now;
    note("Cancelling; finished results are kept. Press Ctrl-C again to exit at once.");
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } catch (thrown) {
    // After a cancellation the error is a consequence of it.
    throw controller.signal.aborted ? cancelled(controller.signal) : thrown;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
