import type { AgentEvent, StageName } from "../../plan/events";
import type { Outcome, ProgressView } from "./progress-view";
import { messageLine, plainText } from "./progress-text";
import { liveLines } from "./live-lines";
import { liveRegion, reflowsRows, type Screen } from "./live-region";
import { themeFor } from "./theme";
import { paintLine, span, widthOf } from "./spans";
import { stageRows } from "./stage-rows";

/** Milliseconds between two frames: smooth enough, and few enough for a slow connection. */
const frameInterval = 125;

interface LiveOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Write console lines and commands above the stages. */
  readonly isVerbose: boolean;
  readonly now?: () => number;
}

/** Shows all stages in the last rows of a terminal and redraws them; messages are written above them. */
export function liveView(stream: Screen, options: LiveOptions): ProgressView {
  const { environment, isVerbose, now = () => performance.now() } = options;
  const theme = themeFor(environment, true);
  const region = liveRegion(stream, reflowsRows(environment));
  const stages = stageRows(now);
  let above: string[] = [];
  let console = "";
  let started: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const draw = (): void => {
    const size = region.size();
    const time = now();
    const frame = {
      rows: stages.rows(),
      console,
      seconds: (time - (started ?? time)) / 1000,
      tick: Math.floor(time / frameInterval),
      isOver,
    };
    const rows = liveLines(frame, size, theme.glyphs).map((line) => ({
      text: paintLine(line, theme),
      columns: widthOf(line),
    }));
    region.draw(rows, above);
    above = [];
  };
  const begin = (): void => {
    if (timer !== undefined || isOver) return;
    started ??= now();
    timer = setInterval(draw, frameInterval);
    timer.unref();
    // The cursor must be visible again however the program ends.
    process.on("exit", stop).on("SIGTSTP", suspend).on("SIGCONT", draw);
    draw();
  };
  const stop = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    process.off("exit", stop).off("SIGTSTP", suspend).off("SIGCONT", draw);
    draw();
    region.release();
  };
  const suspend = (): void => {
    region.release();
    // The default action of Ctrl-Z.
    process.kill(process.pid, "SIGSTOP");
  };
  const writeAbove = (line: string): void => {
    // Written with the next frame, so that many lines need few writes.
    if (timer !== undefined) above.push(line);
    else stream.write(`${line}\n`);
  };

  const show = (event: AgentEvent): void => {
    switch (event.type) {
      case "stage":
        if (event.state !== "finished") console = "";
        stages.follow(event);
        begin();
        return;
      case "progress":
        stages.follow(event);
        begin();
        return;
      case "console":
        // Shortens the gaps of menus and tables.
        console = plainText(event.line).replace(/ {3,}/g, "  ");
        if (isVerbose) writeAbove(paintLine([span(console, "faint")], theme));
        return;
      case "command":
        if (isVerbose)
          writeAbove(paintLine([span(`$ ${plainText(event.command)}`, "faint")], theme));
        return;
      case "log":
        writeAbove(messageLine(event, theme));
        return;
      case "result":
      case "error":
        // The command prints its result or error itself.
        return;
    }
  };
  return {
    expect: (names: readonly StageName[]) => stages.expect(names),
    show,
    end: ({ state }: Outcome) => {
      if (isOver) return;
      stages.end(state === "done" ? "finished" : "failed");
      isOver = true;
      stop();
    },
  };
}
