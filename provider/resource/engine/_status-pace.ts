export interface StatusPace {
  /** Shown at once: something else has begun. */
  readonly begin: (message: string) => void;
  /** Shown when it is time for it again, unless a newer one came by then. */
  readonly show: (message: string) => void;
  /** Shows what still waits, and nothing after. */
  readonly end: () => void;
}

/** Milliseconds. A terminal's row is quick at first and slower in a long build; a log gets a few dozen lines from any. */
const intervals = {
  terminal: { shortest: 2000, longest: 15_000 },
  log: { shortest: 30_000, longest: 120_000 },
};
const partOfElapsed = 1 / 60;

/** Lets statuses through as often as their place bears; the newest is never lost, only late. */
export function statusPace(
  place: keyof typeof intervals,
  send: (message: string) => void,
  now: () => number = () => performance.now(),
): StatusPace {
  const { shortest, longest } = intervals[place];
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
