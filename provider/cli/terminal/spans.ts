import stringWidth from "string-width";
import type { Style, Theme } from "./theme";

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One row of a terminal. */
export type Line = readonly Span[];

export function span(text: string, style: Style = "plain"): Span {
  return { text, style };
}

const graphemes = new Intl.Segmenter();

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + stringWidth(text), 0);
}

/** The line, cut to the width and ended with an ellipsis if it is too long. */
export function fitted(line: Line, columns: number, ellipsis: string): Line {
  if (widthOf(line) <= columns) return line;
  const spans: Span[] = [];
  let left = columns - stringWidth(ellipsis);
  for (const { text, style } of line) {
    const part = startOf(text, left);
    spans.push({ text: part, style });
    left -= stringWidth(part);
    if (part !== text) break;
  }
  return left < 0 ? [] : [...spans, span(ellipsis, "faint")];
}

function startOf(text: string, columns: number): string {
  let left = columns;
  let part = "";
  for (const { segment } of graphemes.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    part += segment;
  }
  return part;
}

export function paintLine(line: Line, { paint }: Theme): string {
  return line.map(({ text, style }) => (text === "" ? "" : paint(text, style))).join("");
}
