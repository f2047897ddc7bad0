import type { AgentEvent, StageName } from "../../plan/events";
import { describeSeconds, paceMeter, secondsLeftOf, type Pace } from "../../plan/progress-rate";
import { formatSize } from "../../base/size";

const doing: Record<StageName, string> = {
  fetch: "fetching the installer",
  inspect: "inspecting the installer",
  seed: "writing the seed",
  install: "installing",
  verify: "verifying",
  convert: "converting",
  publish: "publishing",
};

const longestLine = 80;

/**
 * Turns events into the one line on the resource's row: stage and how long it has gone, amount, rate and remaining
 * time, last line of the console. The clock counts milliseconds.
 */
export function statusOf(
  now: () => number = () => performance.now(),
): (event: AgentEvent) => string | undefined {
  const measure = paceMeter(now);
  let stage = "";
  let started = now();
  let expected: number | undefined;
  let amount = "";
  let line = "";
  const status = (): string => {
    const seconds = (now() - started) / 1000;
    const since = stage === "" || seconds < 60 ? "" : ` for ${describeSeconds(seconds)}`;
    // What knows its own end says so in its amount.
    const left = secondsLeftOf(expected, seconds);
    const usual = left === undefined ? "" : `${describeSeconds(left)} left`;
    return [`${stage}${since}`, usual, amount, line].filter((part) => part !== "").join(" | ");
  };
  return (event) => {
    switch (event.type) {
      case "stage":
        stage = doing[event.stage];
        started = now();
        expected = event.expectedSeconds;
        amount = "";
        line = "";
        return event.state === "started" ? status() : undefined;
      case "progress":
        stage = doing[event.stage];
        amount = [event.what ?? "", amountOf(event, measure(event))]
          .filter((part) => part !== "")
          .join(" ");
        return status();
      case "console":
        line = event.line.slice(0, longestLine);
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
  { bytesPerSecond, secondsLeft }: Pace,
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
