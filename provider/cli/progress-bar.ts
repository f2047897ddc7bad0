import { SingleBar } from "cli-progress";
import type { AgentEvent } from "../plan/events";
import { paceMeter } from "../plan/pace";
import type { ProgressView } from "./progress";
import {
  describeProgress,
  describeStage,
  drawBar,
  percentOf,
  plainText,
  type StageEvent,
} from "./progress-text";

/** One line at the bottom that is redrawn: stage, bar, bytes, rate and the last line of the console. */
export function progressBar(
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): ProgressView {
  const measure = paceMeter(now);
  let stage = "";
  let started = now();
  let percent: number | undefined;
  let amount = "";
  let lastLine = "";

  const draw = (): string => {
    const elapsed = `${Math.floor((now() - started) / 1000)} s`;
    const parts = [stage.padEnd(8), drawBar(percent), elapsed, amount, lastLine];
    // One column less than there are: some terminals wrap when the last one is written.
    return parts
      .filter((part) => part !== "")
      .join("  ")
      .slice(0, (stream.columns || 80) - 1);
  };
  // The line wants nothing of its own numbers; `linewrap` on leaves the terminal's setting alone.
  const bar = new SingleBar({
    stream,
    format: draw,
    clearOnComplete: true,
    linewrap: true,
    fps: 4,
    gracefulExit: false,
  });
  const begin = (): void => bar.start(100, 0);
  const printAbove = (line: string): void => {
    bar.stop();
    stream.write(`${line}\n`);
    if (stage !== "") begin();
  };
  const enter = (event: StageEvent): void => {
    stage = event.state === "started" ? event.stage : "";
    started = now();
    percent = undefined;
    amount = "";
    lastLine = "";
    if (event.state !== "started") printAbove(describeStage(event));
    else begin();
  };

  const show = (event: AgentEvent): void => {
    switch (event.type) {
      case "stage":
        enter(event);
        return;
      case "progress":
        percent = percentOf(event);
        amount = describeProgress(event, measure(event).bytesPerSecond);
        return;
      case "console":
        lastLine = plainText(event.line);
        return;
      case "log":
        printAbove(event.level === "warning" ? `warning: ${event.message}` : event.message);
        return;
      case "result":
      case "error":
        // The command itself prints how it ended, once.
        return;
    }
  };
  return {
    show,
    end: () => {
      stage = "";
      bar.stop();
    },
  };
}
