import type { AgentEvent } from "../plan/events";
import { paceMeter } from "../plan/pace";
import type { ProgressView } from "./progress";
import { describeProgress, describeStage, plainText } from "./progress-text";

const intervalMilliseconds = 10_000;

/** A line for each start and end of a stage; between them one every ten seconds at most. */
export function progressLines(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): ProgressView {
  const measure = paceMeter(now);
  let lastLine = now();
  let heard = "";
  const writeNow = (line: string): void => {
    lastLine = now();
    write(line);
    heard = "";
  };
  const writeSometimes = (line: () => string): void => {
    if (now() - lastLine >= intervalMilliseconds) writeNow(line());
  };

  const show = (event: AgentEvent): void => {
    switch (event.type) {
      case "stage":
        writeNow(describeStage(event));
        return;
      case "progress": {
        // Measured each time, or the rate would be that of the moment.
        const rate = measure(event).bytesPerSecond;
        const line = `${event.stage}: ${describeProgress(event, rate)}`;
        writeSometimes(() => (heard === "" ? line : `${line}; console: ${heard}`));
        return;
      }
      case "console":
        heard = plainText(event.line);
        writeSometimes(() => `console: ${heard}`);
        return;
      case "log":
        write(event.level === "warning" ? `warning: ${event.message}` : event.message);
        return;
      case "result":
      case "error":
        // The command itself prints how it ended, once.
        return;
    }
  };
  return { show, end: () => undefined };
}
