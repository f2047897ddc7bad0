import { describeSeconds } from "../../plan/progress-rate";
import { clock, describeDuration } from "./duration-text";
import { span, widthOf, type Line, type Span } from "./spans";
import type { StageRow } from "./stage-row";
import type { Glyphs, Style } from "./theme";

export const nameColumns = 8;
export const gap = "  ";

const maximumBar = 24;
const minimumBar = 8;

/** The bar and three figures, as far as they fit: the elapsed time is most important, the bar least. */
export function runningLine(row: StageRow, tick: number, columns: number, glyphs: Glyphs): Line {
  const spinner = glyphs.running[tick % glyphs.running.length] ?? "";
  const head = [span(`${spinner} `, "active"), span(row.stage.padEnd(nameColumns), "strong")];
  let left = columns - widthOf(head);
  const take = (text: string, style: Style): Span[] => {
    const part = span(`${gap}${text}`, style);
    if (text === "" || widthOf([part]) > left) return [];
    left -= widthOf([part]);
    return [part];
  };
  const elapsed = take(clock(row.seconds), "plain");
  const percent = take(percentText(row), "strong");
  const remaining = take(remainingText(row), "plain");
  const bar = barOf(row.fraction ?? row.guess, left - gap.length, glyphs);
  return [
    ...head,
    ...(bar.length === 0 ? [] : [span(gap), ...bar]),
    ...percent,
    ...elapsed,
    ...remaining,
  ];
}

function percentText({ fraction }: StageRow): string {
  return fraction === undefined ? "" : `${Math.floor(fraction * 100)} %`.padStart(5);
}

function remainingText({ secondsLeft, overdueAfter }: StageRow): string {
  if (secondsLeft !== undefined) return `${describeSeconds(secondsLeft)} left`;
  return overdueAfter === undefined ? "" : `usually ${describeDuration(overdueAfter)}`;
}

/** Empty if the end is unknown or the columns are too few. */
export function barOf(fraction: number | undefined, columns: number, glyphs: Glyphs): Span[] {
  const width = Math.min(maximumBar, columns);
  if (fraction === undefined || width < minimumBar) return [];
  const full = Math.floor(fraction * width);
  const edge = full < width && fraction * width - full >= 0.5 ? glyphs.barEdge : "";
  return [
    span(glyphs.barFull.repeat(full) + edge, "active"),
    span(glyphs.barEmpty.repeat(width - full - edge.length), "faint"),
  ];
}
