import type { AgentEvent } from "./events";

type ProgressEvent = Extract<AgentEvent, { type: "progress" }>;

/** How fast something goes, as far as it can be said already. */
export interface ProgressRate {
  /** Over the last ten seconds. */
  readonly bytesPerSecond?: number;
  /** From the last minute, so that a short pause does not double it. */
  readonly secondsLeft?: number;
}

interface Sample {
  readonly time: number;
  readonly done: number;
}

const rateWindow = 10_000;
const remainderWindow = 60_000;
/** What goes in less than this is not worth a guess at its end, which would be a wild one. */
const shortestForRemainder = 5000;
const sampleEvery = 500;

/** Measures the pace of one thing at a time by a clock of milliseconds that is handed in. */
export function rateMeter(now: () => number): (event: ProgressEvent) => ProgressRate {
  let thing = "";
  let samples: readonly Sample[] = [];
  return ({ stage, what, done, total, unit }) => {
    const key = `${stage} ${what ?? ""}`;
    const newest = samples.at(-1);
    // What went back began anew.
    if (key !== thing || (newest !== undefined && done < newest.done)) samples = [];
    thing = key;
    const current = { time: now(), done };
    const rate = speedOf(samples, current, rateWindow, 1000);
    const speed = speedOf(samples, current, remainderWindow, shortestForRemainder);
    samples = withSample(samples, current);
    const whole = unit === "percent" ? (total ?? 100) : total;
    return {
      ...(unit === "bytes" && rate !== undefined && { bytesPerSecond: rate * 1000 }),
      ...(whole !== undefined &&
        speed !== undefined &&
        speed > 0 && { secondsLeft: Math.max(0, whole - done) / speed / 1000 }),
    };
  };
}

/** Per millisecond since the first sample of that window, if it is at least so long ago. */
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

/** Some hundred at most, however often something reports. */
function withSample(samples: readonly Sample[], current: Sample): readonly Sample[] {
  const newest = samples.at(-1);
  if (newest !== undefined && current.time - newest.time < sampleEvery) return samples;
  const start = samples.findLastIndex(({ time }) => current.time - time >= remainderWindow);
  return [...samples.slice(Math.max(0, start)), current];
}

/** Of what took so long before; undefined where nobody knows, and once that time is over. */
export function secondsLeftOf(
  expectedSeconds: number | undefined,
  elapsedSeconds: number,
): number | undefined {
  if (expectedSeconds === undefined || elapsedSeconds >= expectedSeconds) return undefined;
  return expectedSeconds - elapsedSeconds;
}

/** `40 s`, `3 min`, `1 h 20 min`: no more exact than a guess is, and so it does not flicker. */
export function describeSeconds(seconds: number): string {
  if (seconds <= 90) return `${Math.max(1, Math.ceil(seconds / 10)) * 10} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const tens = Math.round(minutes / 10);
  return `${Math.floor(tens / 6)} h ${(tens % 6) * 10} min`;
}
