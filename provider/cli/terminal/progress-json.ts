import { type AgentEvent, errorEvent } from "../../plan/events";
import { imageDocument } from "./output";
import type { ProgressView } from "./progress-view";
import { plainText } from "./progress-text";

/** Minimum milliseconds between two progress events of the same item. */
const progressInterval = 1000;

export interface JsonOptions {
  /** Write only the result or the error. */
  readonly isQuiet: boolean;
  readonly now?: () => Date;
}

/** Writes each event as one line of JSON, with the time (UTC, ISO 8601) before its own members. */
export function progressJson(
  write: (line: string) => void,
  { isQuiet, now = () => new Date() }: JsonOptions,
): ProgressView {
  let item = "";
  let last = 0;
  const writeEvent = (event: object): void => {
    write(JSON.stringify({ time: now().toISOString(), ...event }));
  };
  const isDue = ({ stage, what, done, total }: Extract<AgentEvent, { type: "progress" }>) => {
    const name = `${stage} ${what ?? ""}`;
    const time = now().getTime();
    if (name === item && done !== total && time - last < progressInterval) return false;
    item = name;
    last = time;
    return true;
  };
  return {
    expect: () => undefined,
    show: (event) => {
      switch (event.type) {
        case "stage":
        case "log":
        case "command":
          if (!isQuiet) writeEvent(event);
          return;
        case "console":
          if (!isQuiet) writeEvent({ ...event, line: plainText(event.line) });
          return;
        case "progress":
          if (!isQuiet && isDue(event)) writeEvent(event);
          return;
        case "result":
          writeEvent({ type: event.type, state: imageDocument(event.state) });
          return;
        case "error":
          // `end` writes it, with the names of the options.
          return;
      }
    },
    end: (outcome) => {
      if (outcome.state === "failed") writeEvent(errorEvent(outcome.error));
    },
    reportsFailure: true,
  };
}
