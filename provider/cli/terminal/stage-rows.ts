import { stageNames, type StageName } from "../../plan/events";
import { paceMeter, secondsLeftOf } from "../../plan/progress-rate";
import { formatSize } from "../../base/size";
import { plainText, type ProgressEvent, type StageEvent } from "./progress-text";

/** What is shown of one stage. */
export interface StageRow {
  readonly stage: StageName;
  readonly state: "coming" | "running" | "finished" | "skipped" | "failed";
  /** Over all runs of the stage; a stage runs once for each format, some once only. */
  readonly seconds: number;
  /** Of the present run, where it says so itself: 0 to 1. */
  readonly fraction: number | undefined;
  /** Of the time that earlier runs took, where it does not: 0 to 0.95, since nobody knows. */
  readonly guess: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Earlier runs took so long, and this one takes longer. */
  readonly overdueAfter: number | undefined;
  /** What is being done and how much of it, or what was done. */
  readonly amount: string;
}

/** Follows the events of a build. */
export interface StageRows {
  /** Stages that are to come. */
  readonly expect: (stages: readonly StageName[]) => void;
  readonly follow: (event: StageEvent | ProgressEvent) => void;
  /** Nothing runs any more. */
  readonly end: (state: "finished" | "failed") => void;
  /** In the order of a build. */
  readonly rows: () => readonly StageRow[];
}

interface Entry {
  state: StageRow["state"];
  /** Of the runs that are over. */
  seconds: number;
  startedAt: number;
  /** Began with its first progress: nobody will say that it ended. */
  isImplied: boolean;
  expectedSeconds: number | undefined;
  latest:
    { readonly event: ProgressEvent; readonly rate?: number; readonly left?: number } | undefined;
  detail: string | undefined;
  readonly things: Set<string>;
}

export function stageRows(now: () => number): StageRows {
  const entries = new Map<StageName, Entry>();
  const measure = paceMeter(now);

  const enter = (stage: StageName): Entry => {
    const entry = entries.get(stage) ?? newEntry();
    entries.set(stage, entry);
    return entry;
  };
  const start = (entry: Entry, isImplied: boolean): void => {
    entry.state = "running";
    entry.startedAt = now();
    entry.isImplied = isImplied;
    entry.latest = undefined;
    entry.expectedSeconds = undefined;
  };
  const stop = (entry: Entry, state: "finished" | "failed", seconds?: number): void => {
    if (entry.state === "running") entry.seconds += seconds ?? (now() - entry.startedAt) / 1000;
    entry.state = state;
  };
  const stopImplied = (): void => {
    for (const entry of entries.values()) {
      if (entry.state === "running" && entry.isImplied) stop(entry, "finished");
    }
  };
  const followStage = (event: StageEvent): void => {
    stopImplied();
    const entry = enter(event.stage);
    entry.detail = event.detail === undefined ? undefined : plainText(event.detail);
    switch (event.state) {
      case "started":
        start(entry, false);
        entry.expectedSeconds = event.expectedSeconds;
        return;
      case "finished":
        stop(entry, "finished", event.seconds);
        return;
      case "skipped":
        entry.state = "skipped";
        return;
    }
  };
  const followProgress = (event: ProgressEvent): void => {
    const entry = enter(event.stage);
    if (entry.state !== "running") start(entry, true);
    const { bytesPerSecond: rate, secondsLeft: left } = measure(event);
    entry.latest = {
      event,
      ...(rate !== undefined && { rate }),
      ...(left !== undefined && { left }),
    };
    if (event.what !== undefined && isThing(event)) entry.things.add(plainText(event.what));
  };
  return {
    expect: (stages) => stages.forEach(enter),
    follow: (event) => (event.type === "stage" ? followStage(event) : followProgress(event)),
    end: (state) => {
      for (const entry of entries.values()) if (entry.state === "running") stop(entry, state);
    },
    rows: () =>
      stageNames.flatMap((stage) => {
        const entry = entries.get(stage);
        return entry === undefined ? [] : [rowOf(stage, entry, now())];
      }),
  };
}

/** A format that is made, or a publication; not a step on the way. */
function isThing({ stage, unit }: ProgressEvent): boolean {
  return stage === "publish" || unit === "percent";
}

function newEntry(): Entry {
  return {
    state: "coming",
    seconds: 0,
    startedAt: 0,
    isImplied: false,
    expectedSeconds: undefined,
    latest: undefined,
    detail: undefined,
    things: new Set(),
  };
}

function rowOf(stage: StageName, entry: Entry, time: number): StageRow {
  const { state, seconds, startedAt, expectedSeconds, latest } = entry;
  if (state !== "running") {
    const open = { fraction: undefined, guess: undefined, secondsLeft: undefined };
    const amount = doneText(stage, entry);
    return { stage, state, seconds, ...open, overdueAfter: undefined, amount };
  }
  const elapsed = (time - startedAt) / 1000;
  const secondsLeft = latest?.left ?? secondsLeftOf(expectedSeconds, elapsed);
  const fraction = latest === undefined ? undefined : fractionOf(latest.event);
  const isOverdue = expectedSeconds !== undefined && elapsed >= expectedSeconds;
  return {
    stage,
    state,
    seconds: seconds + elapsed,
    fraction,
    guess:
      expectedSeconds === undefined || fraction !== undefined
        ? undefined
        : Math.min(0.95, elapsed / expectedSeconds),
    secondsLeft,
    overdueAfter: isOverdue && secondsLeft === undefined ? expectedSeconds : undefined,
    amount: latest === undefined ? (entry.detail ?? "") : amountText(latest.event, latest.rate),
  };
}

function fractionOf({ done, total, unit }: ProgressEvent): number | undefined {
  const whole = unit === "percent" ? (total ?? 100) : total;
  if (whole === undefined || whole <= 0) return undefined;
  return Math.min(1, Math.max(0, done / whole));
}

function amountText(event: ProgressEvent, rate: number | undefined): string {
  const what = event.what === undefined ? "" : plainText(event.what);
  if (event.unit === "percent") return what;
  const total = event.total === undefined ? "" : ` of ${formatSize(event.total)}`;
  const speed = rate === undefined || rate < 1 ? "" : `${formatSize(Math.round(rate))}/s`;
  // The speed first: what it is of may be a long address.
  return [`${formatSize(event.done)}${total}`, speed, what].filter((it) => it !== "").join("  ");
}

/** What stays to be read of a stage that is over. */
function doneText(stage: StageName, { state, latest, detail, things }: Entry): string {
  if (state === "skipped") return detail ?? "";
  switch (stage) {
    case "fetch":
    case "install":
      return latest?.event.unit === "bytes" ? formatSize(latest.event.done) : "";
    case "convert":
    case "publish":
      return [...things].join(", ");
    case "inspect":
    case "seed":
    case "verify":
      return "";
  }
}
