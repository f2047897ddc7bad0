import type { AgentEvent, StageName } from "../plan/events";
import { formatSize } from "../spec/size";

const doing: Record<StageName, string> = {
  fetch: "fetching the installer",
  inspect: "inspecting the installer",
  seed: "writing the seed",
  install: "installing",
  verify: "verifying",
  convert: "converting",
  publish: "publishing",
};

/** Turns events into the one line on the resource's row: stage, amount, last line of the console. */
export function statusOf(): (event: AgentEvent) => string | undefined {
  let stage = "";
  let amount = "";
  let line = "";
  const status = (): string => [stage, amount, line].filter((part) => part !== "").join(" | ");
  return (event) => {
    switch (event.type) {
      case "stage":
        stage = doing[event.stage];
        amount = "";
        line = "";
        return event.state === "started" ? status() : undefined;
      case "progress":
        stage = doing[event.stage];
        amount = [event.what ?? "", amountOf(event)].filter((part) => part !== "").join(" ");
        return status();
      case "console":
        line = event.line.slice(0, 80);
        return status();
      case "log":
      case "result":
      case "error":
        return undefined;
    }
  };
}

function amountOf(event: Extract<AgentEvent, { type: "progress" }>): string {
  switch (event.unit) {
    case "percent":
      return `${Math.floor(event.done)} %`;
    case "bytes":
      return event.total === undefined
        ? formatSize(event.done)
        : `${formatSize(event.done)} of ${formatSize(event.total)}`;
  }
}
