import type { AgentEvent } from "../../plan/events";
import { rateMeter, secondsLeftOf } from "../../plan/progress-rate";
import type { Style, Theme } from "./theme";
import type { ProgressView } from "./progress-view";
import {
  describeLeft,
  describeProgress,
  describeStage,
  messageLine,
  plainText,
} from "./progress-text";

const intervalMilliseconds = 10_000;

interface LinesOptions {
  readonly theme: Pick<Theme, "paint">;
  /** Write every line of the console and every command. */
  readonly isVerbose: boolean;
  readonly now?: () => number;
}

/** Writes a line at the start and end of each stage, and between them at most one every ten seconds. */
export function progressLines(
  write: (line: string) => void,
  { theme, isVerbose, now = () => performance.now() }: LinesOptions,
): ProgressView {
  const measure = rateMeter(now);
  let lastLine = now();
  let started = now();
  let expected: number | undefined;
  /** Written with the next line. */
  let consoleLine = "";
  const writeNow = (line: string, style: Style = "plain"): void => {
    lastLine = now();
    write(theme.paint(line, style));
    consoleLine = "";
  };
  const writeIfDue = (line: () => string): void => {
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
        // The meter needs every event to compute the rate.
        const { bytesPerSecond, secondsLeft } = measure(event);
        const left = secondsLeft ?? secondsLeftOf(expected, (now() - started) / 1000);
        const line = `${event.stage}: ${describeProgress(event, bytesPerSecond)}${describeLeft(left)}`;
        writeIfDue(() => (consoleLine === "" ? line : `${line}; console: ${consoleLine}`));
        return;
      }
      case "console":
        consoleLine = plainText(event.line);
        if (isVerbose) writeNow(`console: ${consoleLine}`, "faint");
        else writeIfDue(() => `console: ${consoleLine}`);
        return;
      case "command":
        if (isVerbose) write(theme.paint(`$ ${plainText(event.command)}`, "faint"));
        return;
      case "log":
        write(messageLine(event, theme));
        return;
      case "result":
      case "error":
        // The command prints its result or error itself.
        return;
    }
  };
  return { expect: () => undefined, show, end: () => undefined };
}

const styles = { started: "plain", finished: "good", skipped: "faint" } as const;
