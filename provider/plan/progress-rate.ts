import type { AgentEvent } from "./events";

type ProgressEvent = Extract<AgentEvent, { type: "progress" }>;

/** The rate of a transfer or conversion, as far as it is known yet. */
export interface ProgressRate {
  /** Mean over the last ten seconds. */
  readonly bytesPerSecond?: number;
  /** Estimate from the rate of the last minute, so that a short pause does not double it. */
  readonly secondsLeft?: number;
}

interface Sample {
  readonly time: number;
  readonly done: number;
}

const rateWindow = 10_000;
const remainderWindow = 60_000;
/** No estimate is made from fewer milliseconds than this: it would be too inaccurate. */
const shortestForRemainder = 5000;
const sampleEvery = 500;

/** Measures the rate of one piece of work at a time. `now` is a clock in milliseconds. */
export function rateMeter(now: () => number): (event: ProgressEvent) => ProgressRate {
  let current = "";
  let samples: readonly Sample[] = [];
  return ({ stage, what, done, total, unit }) => {
    const key = `${stage} ${what ?? ""}`;
    const newest = samples.at(-1);
    // A smaller amount than before means that the work started again.
    if (key !== current || (newest !== undefined && done < newest.done)) samples = [];
    current = key;
    const sample = { time: now(), done };
    const rate = speedOf(samples, sample, rateWindow, 1000);
    const speed = speedOf(samples, sample, remainderWindow, shortestForRemainder);
    samples = withSample(samples, sample);
    const whole = unit === "percent" ? (total ?? 100) : total;
    return {
      ...(unit === "bytes" && rate !== undefined && { bytesPerSecond: rate * 1000 }),
      ...(whole !== undefined &&
        speed !== undefined &&
        speed > 0 && { secondsLeft: Math.max(0, whole - done) / speed / 1000 }),
    };
  };
}

/** Amount per millisecond since the first sample of the window; undefined if that is less than `shortest` ago. */
function speedOf(
  samples: readonly Sample[],
  current: Sample,
  window: number,
  shortest: number,
): number | undefined {
  const start = samples.findLastIndex(({ time }) => current.time - time >= window);
  const first = samples[Math.max(0, start)];
  if (first === undefined || current.time - first.time < shortest) return undefined;
  return (current.done - first.done) / (current.time - first.time);
}

/** The samples with a new one, at most one per `sampleEvery`. Those before the longest window are dropped. */
function withSample(samples: readonly Sample[], current: Sample): readonly Sample[] {
  const newest = samples.at(-1);
  if (newest !== undefined && current.time - newest.time < sampleEvery) return samples;
  const start = samples.findLastIndex(({ time }) => current.time - time >= remainderWindow);
  return [...samples.slice(Math.max(0, start)), current];
}

/** Seconds left of work with a known earlier duration; undefined without one, and after that duration. */
export function secondsLeftOf(
  expectedSeconds: number | undefined,
  elapsedSeconds: number,
): number | undefined {
  if (expectedSeconds === undefined || elapsedSeconds >= expectedSeconds) return undefined;
  return expectedSeconds - elapsedSeconds;
}

/** `40 s`, `3 min`, `1 h 20 min`: rounded, because it is an estimate and must not flicker. */
export function describeSeconds(seconds: number): string {
  if (seconds <= 90) return `${Math.max(1, Math.ceil(seconds / 10)) * 10} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const tens = Math.round(minutes / 10);
  return `${Math.floor(tens / 6)} h ${(tens % 6) * 10} min`;
}
