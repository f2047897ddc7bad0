import { availableParallelism, totalmem } from "node:os";
import { GiB } from "../../base/size";
import { cancelled } from "../../base/cancellation";

/** Where work waits for its turn, in the order of its coming. */
export interface Semaphore {
  /** Runs `work` in a free place; `onWait` is called where there is none at once. */
  run<T>(
    options: { readonly signal: AbortSignal; readonly onWait: () => void },
    work: () => Promise<T>,
  ): Promise<T>;
}

export function semaphore(count: number): Semaphore {
  let free = count;
  const waiting = new Set<() => void>();
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.delete(take);
        reject(cancelled(signal));
      };
      const take = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      if (signal.aborted) {
        giveUp();
        return;
      }
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.add(take);
    });
  return {
    async run({ signal, onWait }, work) {
      if (free > 0) free -= 1;
      else {
        onWait();
        await turn(signal);
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
 * for its install idles: more than a few for each core gain nothing. Each takes some 100 MB. There are always more of
 * them than installs that run at once.
 */
export function agentCount(): number {
  const cores = availableParallelism();
  const byMemory = Math.floor(totalmem() / (GiB / 2));
  return Math.max(2, Math.min(4 * cores, byMemory, Math.max(16, cores)));
}
