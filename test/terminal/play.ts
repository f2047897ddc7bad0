import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { progressView } from "../../provider/cli/terminal/progress";
import { agentEventSchema, stageNames, type AgentEvent } from "../../provider/plan/events";
import { StylusError } from "../../provider/base/errors";

// Shows the events of a file as the CLI does. Each line is a JSON value: an event, or milliseconds to wait.

async function play(file: string): Promise<void> {
  const view = progressView(process.stderr, { verbose: process.argv.includes("--verbose") });
  view.expect(stageNames);
  let failure: AgentEvent | undefined;
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const value: unknown = JSON.parse(line);
    if (typeof value === "number") {
      await delay(value);
      continue;
    }
    const event = agentEventSchema.parse(value);
    if (event.type === "error") failure = event;
    view.show(event);
  }
  if (failure?.type !== "error") view.end({ state: "done" });
  else view.end({ state: "failed", error: new StylusError(failure.code, failure) });
  process.stdout.write("the end\n");
}

void play(process.argv[2] ?? "");
