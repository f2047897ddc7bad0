import type { IBufferCell } from "@xterm/headless";
import type { Screen } from "./screen";

/** Pixels of one character, and around the text. */
const cell = { width: 8.4, height: 19 };
const margin = { side: 18, top: 44, bottom: 18 };
const ground = "#1b1f27";
const ink = "#d7dce5";

/** The colours by their number in a terminal. */
const inks: Readonly<Record<number, string>> = {
  1: "#ff7b72",
  2: "#7ee787",
  3: "#e3b341",
  6: "#56d4dd",
};

/** Adjacent characters of a row with the same style. */
interface Run {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
  readonly style: string;
}

/** The screen as an SVG. */
export function pictureOf(screen: Screen, title: string): string {
  const { cols } = screen.terminal;
  const rows = screen.lines().length;
  const width = Math.ceil(cols * cell.width + 2 * margin.side);
  const height = Math.ceil(rows * cell.height + margin.top + margin.bottom);
  const texts = Array.from({ length: rows }, (_, row) =>
    runsOf(screen, row).map((run) => textOf(run, row)),
  );
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (color, at) => `<circle cx="${20 + at * 20}" cy="20" r="6" fill="${color}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="9" fill="${ground}"/>`,
    ...lights,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', Consolas, monospace" font-size="14" fill="${ink}">`,
    ...texts.flat(),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function textOf({ column, columns, text, style }: Run, row: number): string {
  const x = (margin.side + column * cell.width).toFixed(1);
  const y = margin.top + row * cell.height + 14;
  // Keeps the columns aligned with any font.
  const length = (columns * cell.width).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(text)}</text>`;
}

function runsOf({ terminal }: Screen, row: number): Run[] {
  const line = terminal.buffer.active.getLine(row);
  const runs: Run[] = [];
  for (let column = 0; column < terminal.cols; column += 1) {
    const it = line?.getCell(column);
    if (it === undefined || it.getWidth() === 0) continue;
    const style = styleOf(it);
    const text = it.getChars() === "" ? " " : it.getChars();
    const last = runs.at(-1);
    if (last?.style !== style) runs.push({ column, columns: it.getWidth(), text, style });
    else {
      runs[runs.length - 1] = {
        ...last,
        columns: last.columns + it.getWidth(),
        text: last.text + text,
      };
    }
  }
  return runs.flatMap(words);
}

/** Splits at sequences of spaces, which SVG would collapse, and drops those at both ends. */
function words(run: Run): Run[] {
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => ({
    ...run,
    text,
    column: run.column + index,
    columns: run.columns - (run.text.length - text.length),
  }));
}

function styleOf(it: IBufferCell): string {
  const color = it.isFgPalette() ? inks[it.getFgColor()] : undefined;
  return [
    color === undefined ? "" : ` fill="${color}"`,
    it.isBold() === 0 ? "" : ` font-weight="bold"`,
    it.isDim() === 0 ? "" : ` opacity="0.6"`,
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
