import { type AgentEvent, errorEvent } from "../../plan/events";
import { imageDocument } from "./output";
import type { ProgressView } from "./progress";
import { plainText } from "./progress-text";

/** Milliseconds between two lines on the progress of one thing. */
const progressInterval = 1000;

export interface JsonOptions {
  /** Only how it ended. */
  readonly isQuiet: boolean;
  readonly now?: () => Date;
}

/** Each event as one JSON object a line, with the time (UTC, ISO 8601) before its own members. */
export function progressJson(
  write: (line: string) => void,
  { isQuiet, now = () => new Date() }: JsonOptions,
): ProgressView {
  let thing = "";
  let last = 0;
  const tell = (event: object): void => {
    write(JSON.stringify({ time: now().toISOString(), ...event }));
  };
  const isDue = ({ stage, what, done, total }: Extract<AgentEvent, { type: "progress" }>) => {
    const name = `${stage} ${what ?? ""}`;
    const time = now().getTime();
    if (name === thing && done !== total && time - last < progressInterval) return false;
    thing = name;
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
          if (!isQuiet) tell(event);
          return;
        case "console":
          if (!isQuiet) tell({ ...event, line: plainText(event.line) });
          return;
        case "progress":
          if (!isQuiet && isDue(event)) tell(event);
          return;
        case "result":
          tell({ type: event.type, state: imageDocument(event.state) });
          return;
        case "error":
          // In the words of the command line, at the end.
          return;
      }
    },
    end: (outcome) => {
      if (outcome.state === "failed") tell(errorEvent(outcome.error));
    },
    tellsFailure: true,
  };
}
