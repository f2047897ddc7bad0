/** Limits how often a status is shown. */
export interface StatusThrottle {
  /** Shows a message at once: another stage has begun. */
  readonly begin: (message: string) => void;
  /** Shows a message after the interval, unless a newer one replaces it by then. */
  readonly show: (message: string) => void;
  /** Shows the message that still waits, and none after it. */
  readonly end: () => void;
}

/**
 * Milliseconds between two messages. The interval is a sixtieth of the elapsed time within these limits, so that a
 * terminal is updated quickly at first, and a log gets a few dozen lines from any build.
 */
const intervals = {
  terminal: { shortest: 2000, longest: 15_000 },
  log: { shortest: 30_000, longest: 120_000 },
};
const partOfElapsed = 1 / 60;

/** Sends status messages as often as the output allows. The newest message may be delayed, but is never lost. */
export function throttleStatus(
  output: keyof typeof intervals,
  send: (message: string) => void,
  now: () => number = () => performance.now(),
): StatusThrottle {
  const { shortest, longest } = intervals[output];
  const started = now();
  let shown: string | undefined;
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === undefined || waiting === shown) return;
    shown = waiting;
    waiting = undefined;
    send(shown);
    const elapsed = now() - started;
    timer = setTimeout(flush, Math.min(longest, Math.max(shortest, elapsed * partOfElapsed)));
    timer.unref();
  };
  return {
    begin: (message) => {
      waiting = message;
      flush();
    },
    show: (message) => {
      waiting = message;
      if (timer === undefined) flush();
    },
    end: () => {
      flush();
      clearTimeout(timer);
    },
  };
}
