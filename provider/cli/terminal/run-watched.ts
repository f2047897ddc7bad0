import { cancelled } from "../../base/cancellation";

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
