import { MiB } from "../../base/size";
import type { LastWords } from "./last-words";

/** A look at the machine. Counters only grow. */
export interface Sample {
  /** Time in seconds. */
  readonly at: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly consoleBytes: number;
  readonly consoleNews: number;
  readonly screenNews: number;
  /** Grows with each change of the screen but a cursor's, news or not. */
  readonly screenChanges: number;
  /** The console or the screen says that the machine is about to power off. */
  readonly isGoingDown: boolean;
  readonly consoleWords: LastWords | undefined;
  readonly screenWords: LastWords | undefined;
}

/** Seconds of silence: no traffic of the disk and the CDs, and nothing new on the console and the screen. */
export interface SilenceLimits {
  /** Until the run has stalled. */
  readonly stallSeconds: number;
  /** Until it is believed that the machine waits for what its last words say. */
  readonly waitSeconds: number;
  /**
   * Until a machine that wrote nothing to the disk is not alive; set only under KVM. For this limit only, whatever it
   * sends or draws counts, news or not: a kernel that starts repeats itself.
   */
  readonly noBootActivitySeconds?: number | undefined;
}

export type SilenceOutcome =
  | { readonly kind: "stalled" }
  /** Only under KVM: the guest never wrote to the disk, and then stalled. */
  | { readonly kind: "no boot activity" }
  /** Its last words say what for. */
  | { readonly kind: "waiting"; readonly words: LastWords; readonly shownOn: "console" | "screen" };

/** A system that goes on after some text moves far more than one that waits and loads its last programs. */
const mostTraffic = 8 * MiB;
/** The screen is looked at later than the console, and shows what was there before. */
const lookSeconds = 14;
/** A `shutdown` without a time powers off a minute later, in silence. */
const shutdownSeconds = 60;

interface Remembered {
  readonly words: LastWords;
  readonly first: Sample;
}

/** Judges samples of one run, in the order of their times. */
export function silenceJudge(
  limits: SilenceLimits,
): (sample: Sample) => SilenceOutcome | undefined {
  let last: Sample | undefined;
  let newsAt = 0;
  let outputAt = 0;
  let consoleNewsAt = 0;
  let screenNewsAt = 0;
  let onConsole: Remembered | undefined;
  let onScreen: Remembered | undefined;
  return (sample) => {
    if (last === undefined || hasNews(last, sample)) newsAt = sample.at;
    if (newsAt === sample.at || hasOutput(last, sample)) outputAt = sample.at;
    if (last?.consoleNews !== sample.consoleNews) consoleNewsAt = sample.at;
    if (last?.screenNews !== sample.screenNews) screenNewsAt = sample.at;
    last = sample;
    onConsole = remembered(onConsole, sample.consoleWords, sample);
    onScreen = remembered(onScreen, sample.screenWords, sample);
    const quiet = sample.at - newsAt;
    if (isCurrent(onConsole, sample, screenNewsAt) && quiet >= patience(limits, onConsole))
      return { kind: "waiting", words: onConsole.words, shownOn: "console" };
    if (isCurrent(onScreen, sample, consoleNewsAt) && quiet >= patience(limits, onScreen))
      return { kind: "waiting", words: onScreen.words, shownOn: "screen" };
    const { noBootActivitySeconds: bootLimit } = limits;
    if (bootLimit !== undefined && sample.writtenBytes === 0 && sample.at - outputAt >= bootLimit)
      return { kind: "no boot activity" };
    return quiet >= limits.stallSeconds ? { kind: "stalled" } : undefined;
  };
}

function hasNews(before: Sample, now: Sample): boolean {
  return (
    before.readBytes !== now.readBytes ||
    before.writtenBytes !== now.writtenBytes ||
    before.consoleNews !== now.consoleNews ||
    before.screenNews !== now.screenNews
  );
}

function hasOutput(before: Sample | undefined, now: Sample): boolean {
  return before?.consoleBytes !== now.consoleBytes || before.screenChanges !== now.screenChanges;
}

/** A full file system may be an ordinary message of an install that powers off later. */
function patience({ waitSeconds, stallSeconds }: SilenceLimits, { words }: Remembered): number {
  const seconds = words.wait === "full disk" ? shutdownSeconds + 2 * waitSeconds : waitSeconds;
  return Math.min(seconds, stallSeconds);
}

function remembered(
  before: Remembered | undefined,
  words: LastWords | undefined,
  sample: Sample,
): Remembered | undefined {
  if (words === undefined) return undefined;
  const isSame = before?.words.wait === words.wait && before.words.line === words.line;
  return isSame ? before : { words, first: sample };
}

/**
 * Whether the machine did not go on since its last words. After a failure, other services may still start from the CD and
 * say so; otherwise news of the other output show that it goes on.
 */
function isCurrent(
  found: Remembered | undefined,
  now: Sample,
  otherNewsAt: number,
): found is Remembered {
  if (found === undefined) return false;
  const { words, first } = found;
  const written = now.writtenBytes - first.writtenBytes;
  if (words.wait === "refusal" || words.wait === "full disk")
    return written < mostTraffic && !now.isGoingDown;
  if (otherNewsAt > first.at + lookSeconds) return false;
  return written + now.readBytes - first.readBytes < mostTraffic;
}
