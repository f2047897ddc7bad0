import type { AgentEvent, StageName } from "../../plan/events";
import {
  describeSeconds,
  rateMeter,
  secondsLeftOf,
  type ProgressRate,
} from "../../plan/progress-rate";
import { formatSize } from "../../base/size";

const stageTexts: Record<StageName, string> = {
  fetch: "fetching the installer",
  inspect: "inspecting the installer",
  seed: "writing the seed",
  install: "installing",
  verify: "verifying",
  convert: "converting",
  publish: "publishing",
};

/** Characters of a console line that are shown. */
const maxLineLength = 80;

/**
 * Returns a function that turns events into the status line of the resource's row: stage, elapsed time, amount, rate,
 * remaining time and the last console line. It returns undefined for events that do not change the line. `now` is in
 * milliseconds.
 */
export function statusFormatter(
  now: () => number = () => performance.now(),
): (event: AgentEvent) => string | undefined {
  const measure = rateMeter(now);
  let stage = "";
  let started = now();
  let expected: number | undefined;
  let amount = "";
  let line = "";
  const status = (): string => {
    const seconds = (now() - started) / 1000;
    const elapsed = stage === "" || seconds < 60 ? "" : ` for ${describeSeconds(seconds)}`;
    // From earlier builds. A stage that measures its own progress shows the remaining time in `amount`.
    const left = secondsLeftOf(expected, seconds);
    const remaining = left === undefined ? "" : `${describeSeconds(left)} left`;
    return [`${stage}${elapsed}`, remaining, amount, line]
      .filter((part) => part !== "")
      .join(" | ");
  };
  return (event) => {
    switch (event.type) {
      case "stage":
        stage = stageTexts[event.stage];
        started = now();
        expected = event.expectedSeconds;
        amount = "";
        line = "";
        return event.state === "started" ? status() : undefined;
      case "progress":
        stage = stageTexts[event.stage];
        amount = [event.what ?? "", amountOf(event, measure(event))]
          .filter((part) => part !== "")
          .join(" ");
        return status();
      case "console":
        line = event.line.slice(0, maxLineLength);
        return status();
      case "log":
      case "command":
      case "result":
      case "error":
        return undefined;
    }
  };
}

function amountOf(
  event: Extract<AgentEvent, { type: "progress" }>,
  { bytesPerSecond, secondsLeft }: ProgressRate,
): string {
  const rate =
    bytesPerSecond === undefined || bytesPerSecond < 1
      ? ""
      : `${formatSize(Math.round(bytesPerSecond))}/s`;
  const left = secondsLeft === undefined ? "" : `${describeSeconds(secondsLeft)} left`;
  return [doneOf(event), rate, left].filter((part) => part !== "").join(", ");
}

function doneOf(event: Extract<AgentEvent, { type: "progress" }>): string {
  switch (event.unit) {
    case "percent":
      return `${Math.floor(event.done)} %`;
    case "bytes":
      return event.total === undefined
        ? formatSize(event.done)
        : `${formatSize(event.done)} of ${formatSize(event.total)}`;
  }
}
