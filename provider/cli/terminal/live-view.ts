import type { AgentEvent, StageName } from "../../plan/events";
import type { Outcome, ProgressView } from "./progress";
import { messageLine, plainText } from "./progress-text";
import { liveLines } from "./live-lines";
import { liveRegion, reflowsRows, type Screen } from "./live-region";
import { lookFor } from "./theme";
import { paintLine, span, widthOf } from "./spans";
import { stageRows } from "./stage-rows";

/** Milliseconds between two frames: as often as an eye follows and a slow connection bears. */
const frameInterval = 125;

export interface LiveOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Console lines and commands stay above the stages. */
  readonly isVerbose: boolean;
  readonly now?: () => number;
}

/** All stages at the bottom of a terminal, drawn anew while something happens; messages stay above them. */
export function liveView(stream: Screen, options: LiveOptions): ProgressView {
  const { environment, isVerbose, now = () => performance.now() } = options;
  const look = lookFor(environment, true);
  const region = liveRegion(stream, reflowsRows(environment));
  const stages = stageRows(now);
  let above: string[] = [];
  let console = "";
  let started: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const draw = (): void => {
    const room = region.size();
    const time = now();
    const picture = {
      rows: stages.rows(),
      console,
      seconds: (time - (started ?? time)) / 1000,
      tick: Math.floor(time / frameInterval),
      isOver,
    };
    const rows = liveLines(picture, room, look.glyphs).map((line) => ({
      text: paintLine(line, look),
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
    // However this program ends, the cursor is there afterwards.
    process.on("exit", leave).on("SIGTSTP", suspend).on("SIGCONT", draw);
    draw();
  };
  const leave = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    process.off("exit", leave).off("SIGTSTP", suspend).off("SIGCONT", draw);
    draw();
    region.release();
  };
  const suspend = (): void => {
    region.release();
    // As Ctrl-Z does where nobody listens for it.
    process.kill(process.pid, "SIGSTOP");
  };
  const say = (line: string): void => {
    // With the next frame, so that a flood of lines is few writes.
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
        // Menus and tables are wide; here only words count.
        console = plainText(event.line).replace(/ {3,}/g, "  ");
        if (isVerbose) say(paintLine([span(console, "faint")], look));
        return;
      case "command":
        if (isVerbose) say(paintLine([span(`$ ${plainText(event.command)}`, "faint")], look));
        return;
      case "log":
        say(messageLine(event, look));
        return;
      case "result":
      case "error":
        // The command itself prints how it ended, once.
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
      leave();
    },
  };
}
