import type { AgentEvent } from "../../plan/events";
import { paceMeter, secondsLeftOf } from "../../plan/progress-rate";
import type { Look, Style } from "./theme";
import type { ProgressView } from "./progress";
import {
  describeLeft,
  describeProgress,
  describeStage,
  messageLine,
  plainText,
} from "./progress-text";

const intervalMilliseconds = 10_000;

export interface LinesOptions {
  readonly look: Pick<Look, "paint">;
  /** Every line of the console and every command. */
  readonly isVerbose: boolean;
  readonly now?: () => number;
}

/** A line for each start and end of a stage; between them one every ten seconds at most. */
export function progressLines(
  write: (line: string) => void,
  { look, isVerbose, now = () => performance.now() }: LinesOptions,
): ProgressView {
  const measure = paceMeter(now);
  let lastLine = now();
  let started = now();
  let expected: number | undefined;
  let heard = "";
  const writeNow = (line: string, style: Style = "plain"): void => {
    lastLine = now();
    write(look.paint(line, style));
    heard = "";
  };
  const writeSometimes = (line: () => string): void => {
    if (now() - lastLine >= intervalMilliseconds) writeNow(line());
  };

  const show = (event: AgentEvent): void => {
    switch (event.type) {
      case "stage":
        started = now();
        expected = event.expectedSeconds;
        writeNow(describeStage(event), styles[event.state]);
        return;
      case "progress": {
        // Measured each time, or the rate would be that of the moment.
        const { bytesPerSecond, secondsLeft } = measure(event);
        const left = secondsLeft ?? secondsLeftOf(expected, (now() - started) / 1000);
        const line = `${event.stage}: ${describeProgress(event, bytesPerSecond)}${describeLeft(left)}`;
        writeSometimes(() => (heard === "" ? line : `${line}; console: ${heard}`));
        return;
      }
      case "console":
        heard = plainText(event.line);
        if (isVerbose) writeNow(`console: ${heard}`, "faint");
        else writeSometimes(() => `console: ${heard}`);
        return;
      case "command":
        if (isVerbose) write(look.paint(`$ ${plainText(event.command)}`, "faint"));
        return;
      case "log":
        write(messageLine(event, look));
        return;
      case "result":
      case "error":
        // The command itself prints how it ended, once.
        return;
    }
  };
  return { expect: () => undefined, show, end: () => undefined };
}

const styles = { started: "plain", finished: "good", skipped: "faint" } as const;
