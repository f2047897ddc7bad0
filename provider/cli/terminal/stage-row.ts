import { formatSize } from "../../base/size";
import type { StageName } from "../../plan/events";
import { secondsLeftOf } from "../../plan/progress-rate";
import { plainText, type ProgressEvent } from "./progress-text";

/** One stage, as a view shows it. */
export interface StageRow {
  readonly stage: StageName;
  readonly state: "coming" | "running" | "finished" | "skipped" | "failed";
  /** Over all runs: some stages run once for each format. */
  readonly seconds: number;
  /** Progress of the current run as its events report it: 0 to 1. */
  readonly fraction: number | undefined;
  /** Otherwise an estimate from the time of earlier runs: 0 to 0.95. */
  readonly guess: number | undefined;
  readonly secondsLeft: number | undefined;
  /** The seconds that earlier runs took, if this run takes longer. */
  readonly overdueAfter: number | undefined;
  /** The current item and its amount, or the result. */
  readonly amount: string;
}

/** State of a stage according to the events so far. */
export interface StageEntry {
  state: StageRow["state"];
  /** Of the runs that ended. */
  seconds: number;
  startedAt: number;
  /** The run was started by a progress event; no event will end it. */
  isImplied: boolean;
  expectedSeconds: number | undefined;
  latest: LatestProgress | undefined;
  detail: string | undefined;
  /** The formats or publications that were made. */
  readonly items: Set<string>;
}

interface LatestProgress {
  readonly event: ProgressEvent;
  readonly rate?: number;
  readonly left?: number;
}

export function newEntry(): StageEntry {
  return {
    state: "coming",
    seconds: 0,
    startedAt: 0,
    isImplied: false,
    expectedSeconds: undefined,
    latest: undefined,
    detail: undefined,
    items: new Set(),
  };
}

/** `now` in milliseconds. */
export function rowOf(stage: StageName, entry: StageEntry, now: number): StageRow {
  const { state, seconds, startedAt, expectedSeconds, latest } = entry;
  if (state !== "running") {
    const unknown = { fraction: undefined, guess: undefined, secondsLeft: undefined };
    const amount = resultText(stage, entry);
    return { stage, state, seconds, ...unknown, overdueAfter: undefined, amount };
  }
  const elapsed = (now - startedAt) / 1000;
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
    amount: latest === undefined ? (entry.detail ?? "") : amountText(latest),
  };
}

function fractionOf({ done, total, unit }: ProgressEvent): number | undefined {
  const whole = unit === "percent" ? (total ?? 100) : total;
  if (whole === undefined || whole <= 0) return undefined;
  return Math.min(1, Math.max(0, done / whole));
}

function amountText({ event, rate }: LatestProgress): string {
  const what = event.what === undefined ? "" : plainText(event.what);
  if (event.unit === "percent") return what;
  const total = event.total === undefined ? "" : ` of ${formatSize(event.total)}`;
  const speed = rate === undefined || rate < 1 ? "" : `${formatSize(Math.round(rate))}/s`;
  // The item comes last: it may be a long URL.
  return [`${formatSize(event.done)}${total}`, speed, what].filter((it) => it !== "").join("  ");
}

/** The row of a stage that ended. */
function resultText(stage: StageName, { state, latest, detail, items }: StageEntry): string {
  if (state === "skipped") return detail ?? "";
  switch (stage) {
    case "fetch":
    case "install":
      return latest?.event.unit === "bytes" ? formatSize(latest.event.done) : "";
    case "convert":
    case "publish":
      return [...items].join(", ");
    case "inspect":
    case "seed":
    case "verify":
      return "";
  }
}
