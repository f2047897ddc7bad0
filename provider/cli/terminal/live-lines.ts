import { describeSeconds } from "../../plan/progress-rate";
import type { Glyphs, Style } from "./theme";
import { fitted, span, widthOf, type Line, type Span } from "./spans";
import type { StageRow } from "./stage-rows";

/** All that one frame shows. */
export interface LivePicture {
  readonly rows: readonly StageRow[];
  /** The last line of the guest's console; empty where there is none. */
  readonly console: string;
  /** Since the beginning. */
  readonly seconds: number;
  /** Which picture of the moving sign. */
  readonly tick: number;
  /** Nothing runs any more: only what happened is left. */
  readonly isOver: boolean;
}

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

const nameColumns = 8;
const gap = "  ";
const longestBar = 24;
const shortestBar = 8;
/** Below this, rows that belong to a stage are not set in as far as its figures. */
const narrowColumns = 50;

/** A line, and how soon it goes when there is not enough room: the highest first. */
interface Ranked {
  readonly line: Line;
  readonly rank: number;
}
const ranks = { running: 0, amount: 1, console: 2, over: 3, coming: 4, total: 5 };

/** The lines of one frame. */
export function liveLines(picture: LivePicture, room: Room, glyphs: Glyphs): Line[] {
  const latest = picture.rows.findLastIndex(({ state }) => state !== "coming");
  const current = picture.rows.findLastIndex(({ state }) => state === "running");
  const ranked = picture.rows.flatMap((row, at): Ranked[] => {
    if (row.state === "running") {
      const isCurrent = at === current;
      return runningLines(row, isCurrent ? picture.console : "", picture.tick, room, glyphs);
    }
    if (row.state !== "coming") return [{ line: overLine(row, glyphs), rank: ranks.over }];
    // What was passed over is not needed.
    if (at < latest || picture.isOver) return [];
    return [{ line: [span(`${glyphs.coming} ${row.stage}`, "faint")], rank: ranks.coming }];
  });
  const all = picture.rows.length > 1 ? [...ranked, totalLine(picture)] : ranked;
  return withinRows(all, room.rows).map((line) => fitted(line, room.columns, glyphs.ellipsis));
}

function overLine({ stage, state, seconds, amount }: StageRow, glyphs: Glyphs): Line {
  const name = stage.padEnd(nameColumns);
  if (state === "skipped") {
    return [span(`${glyphs.skipped} ${name}${gap}${amount}`, "faint")];
  }
  const [glyph, style]: [string, Style] =
    state === "failed" ? [glyphs.failed, "bad"] : [glyphs.finished, "good"];
  const figures = `${gap}${describeDuration(seconds).padStart(11)}`;
  const rest = amount === "" ? "" : `${gap}${amount}`;
  return [span(`${glyph} `, style), span(name), span(figures), span(rest, "faint")];
}

function runningLines(
  row: StageRow,
  console: string,
  tick: number,
  room: Room,
  glyphs: Glyphs,
): Ranked[] {
  const indent = " ".repeat(room.columns < narrowColumns ? 2 : 2 + nameColumns + gap.length);
  // Both rows keep their place while they have nothing to say, so that nothing jumps.
  const hasConsole = row.stage === "install" || row.stage === "verify";
  return [
    { line: runningLine(row, tick, room.columns, glyphs), rank: ranks.running },
    { line: [span(`${indent}${row.amount}`)], rank: ranks.amount },
    ...(hasConsole ? [{ line: [span(`${indent}${console}`, "faint")], rank: ranks.console }] : []),
  ];
}

/** The bar and three figures, as far as there is room: time gone is worth most, the bar least. */
function runningLine(row: StageRow, tick: number, columns: number, glyphs: Glyphs): Line {
  const sign = glyphs.running[tick % glyphs.running.length] ?? "";
  const head = [span(`${sign} `, "active"), span(row.stage.padEnd(nameColumns), "strong")];
  let left = columns - widthOf(head);
  const take = (text: string, style: Style): Span[] => {
    const part = span(`${gap}${text}`, style);
    if (text === "" || widthOf([part]) > left) return [];
    left -= widthOf([part]);
    return [part];
  };
  const elapsed = take(clock(row.seconds), "plain");
  const percent = take(percentText(row), "strong");
  const rest = take(restText(row), "plain");
  const bar = barOf(row.fraction ?? row.guess, left - gap.length, glyphs);
  return [
    ...head,
    ...(bar.length === 0 ? [] : [span(gap), ...bar]),
    ...percent,
    ...elapsed,
    ...rest,
  ];
}

function percentText({ fraction }: StageRow): string {
  return fraction === undefined ? "" : `${Math.floor(fraction * 100)} %`.padStart(5);
}

function restText({ secondsLeft, overdueAfter }: StageRow): string {
  if (secondsLeft !== undefined) return `${describeSeconds(secondsLeft)} left`;
  return overdueAfter === undefined ? "" : `usually ${describeDuration(overdueAfter)}`;
}

/** Nothing where nobody knows the end, or where there is no room. */
export function barOf(fraction: number | undefined, room: number, glyphs: Glyphs): Span[] {
  const width = Math.min(longestBar, room);
  if (fraction === undefined || width < shortestBar) return [];
  const full = Math.floor(fraction * width);
  const edge = full < width && fraction * width - full >= 0.5 ? glyphs.barEdge : "";
  return [
    span(glyphs.barFull.repeat(full) + edge, "active"),
    span(glyphs.barEmpty.repeat(width - full - edge.length), "faint"),
  ];
}

function totalLine({ seconds, isOver }: LivePicture): Ranked {
  const time = isOver ? describeDuration(seconds).padStart(11) : clock(seconds);
  return {
    line: [span(`  ${"total".padEnd(nameColumns)}${gap}${time}`, "faint")],
    rank: ranks.total,
  };
}

/** What is to come goes from its end, what is over from its beginning. */
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

/** `0:07`, `12:30`, `1:02:03` */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const rest = two(whole % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${two(minutes)}:${rest}`;
}

/** `0.4 s`, `58.1 s`, `2 min 14 s`, `1 h 2 min` */
export function describeDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
