import type { AgentEvent } from "../../plan/events";
import type { ReportedMessage, ReportedStage } from "../../report/report";
import type { InstallNotes } from "./install-notes";

/** Collects the events and notes of a build for its report, up to the size that a report may have. */
export interface Journal {
  /** ISO 8601, UTC. */
  readonly begun: string;
  readonly seconds: () => number;
  readonly add: (event: AgentEvent) => void;
  /** Describes the stage that is running. */
  readonly describeStage: (detail: string) => void;
  /** Adds facts that are not in any event. */
  readonly addNotes: (notes: InstallNotes) => void;
  readonly stages: () => readonly ReportedStage[];
  readonly messages: () => readonly ReportedMessage[];
  readonly notes: () => InstallNotes;
}

const mostStages = 200;
const mostMessages = 300;
const longestMessage = 2000;

interface OpenStage {
  readonly stage: ReportedStage["stage"];
  readonly start: number;
  bytes?: number;
  detail?: string;
}

export function openJournal(now: () => number = () => performance.now()): Journal {
  const origin = now();
  const seconds = (): number => (now() - origin) / 1000;
  const stages: ReportedStage[] = [];
  const messages: ReportedMessage[] = [];
  const open: OpenStage[] = [];
  let notes: InstallNotes = {};

  const ended = (one: OpenStage, state: "finished" | "failed"): ReportedStage => ({
    ...one,
    state,
    seconds: seconds() - one.start,
  });

  const addStage = (event: Extract<AgentEvent, { type: "stage" }>): void => {
    const { stage, detail } = event;
    switch (event.state) {
      case "started":
        open.push({ stage, start: seconds() });
        return;
      case "skipped":
        stages.push({ stage, state: "skipped", start: seconds(), seconds: 0, detail });
        return;
      case "finished": {
        const index = open.findLastIndex((one) => one.stage === stage);
        const [one] = index === -1 ? [] : open.splice(index, 1);
        if (one !== undefined) stages.push(ended(one, "finished"));
      }
    }
  };

  const addProgress = (event: Extract<AgentEvent, { type: "progress" }>): void => {
    const one = open.findLast(({ stage }) => stage === event.stage);
    if (one === undefined) return;
    if (event.unit === "bytes") one.bytes = event.done;
    if (event.what !== undefined) one.detail = event.what;
  };

  return {
    begun: new Date().toISOString(),
    seconds,
    add: (event) => {
      switch (event.type) {
        case "stage":
          if (stages.length < mostStages) addStage(event);
          return;
        case "progress":
          addProgress(event);
          return;
        case "log": {
          const { level } = event;
          const message = event.message.slice(0, longestMessage);
          if (messages.length < mostMessages) messages.push({ at: seconds(), level, message });
          return;
        }
        case "console":
        case "command":
        case "result":
        case "error":
          return;
      }
    },
    describeStage: (detail) => {
      const one = open.at(-1);
      if (one !== undefined) one.detail = detail;
    },
    addNotes: (more) => (notes = { ...notes, ...more }),
    // A stage that has not finished by the time of the report has failed.
    stages: () =>
      [...stages, ...open.map((one) => ended(one, "failed"))].sort((a, b) => a.start - b.start),
    messages: () => messages,
    notes: () => notes,
  };
}
