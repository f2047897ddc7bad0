import { type Bitmap, isBlank, readPpm } from "../../base/png";
import { readConsoleFont } from "../../system/host/console-font";
import type { Console } from "./console";
import { newsFilter } from "./news";
import { changedCells } from "./screen-cells";
import { screenReader, type ScreenLine } from "./screen-text";
import { hasChanged, takeScreenshot, type Monitor } from "./screenshots";
import { withoutFrame } from "./terminal-text";

/** The guest's screen as text, as far as it can be read. Secrets are not masked. */
export interface Screen extends Pick<Console, "news" | "lines" | "firstMatch" | "matches"> {
  /** Grows with each look at a screen that differs from the last one by more than a cursor. */
  readonly changes: () => number;
  /** Those of the lines of which every character is certain: a secret in another one could not be masked. */
  readonly certainLines: () => readonly string[];
  /** Looks at the screen as it is now. Its errors never end the run. */
  readonly look: (qmp: Monitor, signal: AbortSignal) => Promise<void>;
}

/** Of a graphical installer, only single characters look like the font's. */
const leastReadable = 0.7;
const keptLines = 400;
/** A change of a picture counts if it is larger than a cursor, a spinner or a small clock: this share of its cells. */
const leastChange = 0.01;

/** `scratch`: path of a temporary file, to which QEMU writes each screenshot. */
export async function watchScreen(scratch: string): Promise<Screen> {
  const font = await readConsoleFont();
  const read = font === undefined ? undefined : screenReader(font);
  const filter = newsFilter();
  const history: string[] = [];
  let shown: readonly string[] = [];
  let certain: readonly string[] = [];
  let last: Bitmap | undefined;
  let news = 0;
  let changes = 0;
  /** Cells that changed before: a clock changes the same ones again and again. */
  const busy = new Set<number>();
  let fresh = 0;

  const seeText = (text: readonly ScreenLine[]): void => {
    const lines = shownText(text);
    shown = lines;
    certain = shownText(text.filter(({ isCertain }) => isCertain));
    const added = lines.filter(filter.isNews);
    news += added.length;
    history.push(...added);
    history.splice(0, history.length - keptLines);
  };
  const seePicture = (picture: Bitmap, before: Bitmap): void => {
    shown = certain = [];
    const { changed, all } = changedCells(before, picture);
    const added = changed.filter((cell) => !busy.has(cell));
    for (const cell of added) busy.add(cell);
    fresh += added.length;
    if (fresh < all * leastChange) return;
    fresh = 0;
    news += 1;
  };
  const all = (): string[] => [...history, ...shown];

  return {
    look: async (qmp, signal) => {
      const picture = readPpm(await takeScreenshot(qmp, scratch, signal));
      if (picture === undefined || (last !== undefined && picture.pixels.equals(last.pixels)))
        return;
      const before = last ?? picture;
      last = picture;
      if (hasChanged(before.pixels, picture.pixels)) changes += 1;
      if (isBlank(picture)) {
        shown = certain = [];
        return;
      }
      const text = read?.(picture);
      if (text === undefined || text.readable < leastReadable) seePicture(picture, before);
      else seeText(text.lines);
    },
    changes: () => changes,
    news: () => news,
    lines: () => shown,
    certainLines: () => certain,
    firstMatch: (pattern) => all().find((line) => pattern.test(line)),
    matches: (pattern) => all().some((line) => pattern.test(line)),
  };
}

function shownText(lines: readonly ScreenLine[]): string[] {
  return lines.map(({ text }) => withoutFrame(text)).filter((line) => line !== "");
}
