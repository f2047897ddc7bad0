import { stageNames, type StageName } from "../../plan/events";
import { rateMeter } from "../../plan/progress-rate";
import { plainText, type ProgressEvent, type StageEvent } from "./progress-text";
import { newEntry, rowOf, type StageEntry, type StageRow } from "./stage-row";

/** Follows the events of a build. */
interface StageRows {
  /** Announces stages that may run. */
  readonly expect: (stages: readonly StageName[]) => void;
  readonly follow: (event: StageEvent | ProgressEvent) => void;
  /** Ends the stages that are still running. */
  readonly end: (state: "finished" | "failed") => void;
  /** In the order of a build. */
  readonly rows: () => readonly StageRow[];
}

export function stageRows(now: () => number): StageRows {
  const entries = new Map<StageName, StageEntry>();
  const measure = rateMeter(now);

  const enter = (stage: StageName): StageEntry => {
    const entry = entries.get(stage) ?? newEntry();
    entries.set(stage, entry);
    return entry;
  };
  const start = (entry: StageEntry, isImplied: boolean): void => {
    entry.state = "running";
    entry.startedAt = now();
    entry.isImplied = isImplied;
    entry.latest = undefined;
    entry.expectedSeconds = undefined;
  };
  const stop = (entry: StageEntry, state: "finished" | "failed", seconds?: number): void => {
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
    if (event.what !== undefined && isItem(event)) entry.items.add(plainText(event.what));
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

/** Whether the event is about a format or a publication, and not about a step like hashing. */
function isItem({ stage, unit }: ProgressEvent): boolean {
  return stage === "publish" || unit === "percent";
}
