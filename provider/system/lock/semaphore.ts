import { availableParallelism, totalmem } from "node:os";
import { GiB } from "../../base/size";
import { cancelled } from "../../base/cancellation";

/** Limits how much work runs at once. Work that waits is started in the order of its arrival. */
export interface Semaphore {
  /** Runs `work` when a slot is free; calls `onWait` if it has to wait. */
  run<T>(
    options: { readonly signal: AbortSignal; readonly onWait: () => void },
    work: () => Promise<T>,
  ): Promise<T>;
}

export function semaphore(count: number): Semaphore {
  let free = count;
  const waiting = new Set<() => void>();
  const waitForSlot = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = (): void => {
        waiting.delete(start);
        reject(cancelled(signal));
      };
      const start = (): void => {
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      if (signal.aborted) {
        cancel();
        return;
      }
      signal.addEventListener("abort", cancel, { once: true });
      waiting.add(start);
    });
  return {
    async run({ signal, onWait }, work) {
      if (free > 0) free -= 1;
      else {
        onWait();
        await waitForSlot(signal);
      }
      try {
        return await work();
      } finally {
        const [next] = waiting;
        if (next === undefined) free += 1;
        else {
          waiting.delete(next);
          next();
        }
      }
    },
  };
}

/**
 * How many agents one process starts at once. An agent that adopts an image is busy for a second, and one that waits
 * for its install is idle, so more than a few for each core gain nothing. Each takes about 100 MB. The number is always
 * higher than that of installs at once.
 */
export function agentCount(): number {
  const cores = availableParallelism();
  const byMemory = Math.floor(totalmem() / (GiB / 2));
  return Math.max(2, Math.min(4 * cores, byMemory, Math.max(16, cores)));
}
