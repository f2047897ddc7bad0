import { clock, describeDuration } from "./duration-text";
import { gap, nameColumns, runningLine } from "./running-line";
import { fitted, span, type Line } from "./spans";
import type { StageRow } from "./stage-row";
import type { Glyphs, Style } from "./theme";

/** Everything that one frame shows. */
interface LiveFrame {
  readonly rows: readonly StageRow[];
  /** The last line of the guest's console; empty if there is none. */
  readonly console: string;
  /** Since the start. */
  readonly seconds: number;
  /** Selects the frame of the spinner. */
  readonly tick: number;
  /** The command has ended: stages that did not run are left out. */
  readonly isOver: boolean;
}

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** In a narrower terminal the second and third row of a stage are indented less. */
const narrowColumns = 50;

/** A line and its rank: the lines with the highest rank are dropped first if there are too few rows. */
interface Ranked {
  readonly line: Line;
  readonly rank: number;
}
const ranks = { running: 0, amount: 1, console: 2, over: 3, coming: 4, total: 5 };

/** The lines of one frame. */
export function liveLines(frame: LiveFrame, size: Size, glyphs: Glyphs): Line[] {
  const latest = frame.rows.findLastIndex(({ state }) => state !== "coming");
  const current = frame.rows.findLastIndex(({ state }) => state === "running");
  const ranked = frame.rows.flatMap((row, at): Ranked[] => {
    if (row.state === "running") {
      const console = at === current ? frame.console : "";
      return runningLines(row, console, frame.tick, size, glyphs);
    }
    if (row.state !== "coming") return [{ line: endedLine(row, glyphs), rank: ranks.over }];
    // A later stage has started, so this one will not run.
    if (at < latest || frame.isOver) return [];
    return [{ line: [span(`${glyphs.coming} ${row.stage}`, "faint")], rank: ranks.coming }];
  });
  const all = frame.rows.length > 1 ? [...ranked, totalLine(frame)] : ranked;
  return withinRows(all, size.rows).map((line) => fitted(line, size.columns, glyphs.ellipsis));
}

function endedLine({ stage, state, seconds, amount }: StageRow, glyphs: Glyphs): Line {
  const name = stage.padEnd(nameColumns);
  if (state === "skipped") {
    return [span(`${glyphs.skipped} ${name}${gap}${amount}`, "faint")];
  }
  const [glyph, style]: [string, Style] =
    state === "failed" ? [glyphs.failed, "bad"] : [glyphs.finished, "good"];
  const duration = `${gap}${describeDuration(seconds).padStart(11)}`;
  const result = amount === "" ? "" : `${gap}${amount}`;
  return [span(`${glyph} `, style), span(name), span(duration), span(result, "faint")];
}

function runningLines(
  row: StageRow,
  console: string,
  tick: number,
  size: Size,
  glyphs: Glyphs,
): Ranked[] {
  const indent = " ".repeat(size.columns < narrowColumns ? 2 : 2 + nameColumns + gap.length);
  // Both rows are shown even when they are empty, so that the rows below do not move.
  const hasConsole = row.stage === "install" || row.stage === "verify";
  return [
    { line: runningLine(row, tick, size.columns, glyphs), rank: ranks.running },
    { line: [span(`${indent}${row.amount}`)], rank: ranks.amount },
    ...(hasConsole ? [{ line: [span(`${indent}${console}`, "faint")], rank: ranks.console }] : []),
  ];
}

function totalLine({ seconds, isOver }: LiveFrame): Ranked {
  const time = isOver ? describeDuration(seconds).padStart(11) : clock(seconds);
  return {
    line: [span(`  ${"total".padEnd(nameColumns)}${gap}${time}`, "faint")],
    rank: ranks.total,
  };
}

/** Drops coming stages from the end, and ended stages from the beginning. */
function withinRows(lines: readonly Ranked[], rows: number): Line[] {
  let kept = lines;
  while (kept.length > Math.max(1, rows)) {
    const highest = Math.max(...kept.map(({ rank }) => rank));
    const at =
      highest === ranks.coming
        ? kept.findLastIndex(({ rank }) => rank === highest)
        : kept.findIndex(({ rank }) => rank === highest);
    kept = kept.toSpliced(at, 1);
  }
  return kept.map(({ line }) => line);
}
