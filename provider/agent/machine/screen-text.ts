import type { Bitmap } from "../../base/png";
import { glyphHeight, glyphWidth, type ConsoleFont } from "../../system/host/console-font";
import { cellReader, unreadable } from "./character-shapes";

/** A line that fills its row is joined with the next row. */
export interface ScreenLine {
  /** Without blanks at its end. An unknown character is U+FFFD. */
  readonly text: string;
  /** No character could be another one: secrets in it can be recognised. */
  readonly isCertain: boolean;
}

/** The text of a screen, and how much of it could be read. */
export interface ScreenText {
  readonly lines: readonly ScreenLine[];
  /** Of the cells that are not blank, the share whose character is known; 1 for a blank screen. */
  readonly readable: number;
}

/** Reads the text of a console from a picture of it. */
export type ScreenReader = (picture: Bitmap) => ScreenText;

/** A reader for the characters of that font. */
export function screenReader(font: ConsoleFont): ScreenReader {
  const readCell = cellReader(font);
  return (picture) => {
    // In QEMU's text mode a cell is nine pixels wide; the ninth is the gap between two characters.
    const cellWidth = picture.width === 720 && picture.height === 400 ? 9 : glyphWidth;
    const columns = Math.floor(picture.width / cellWidth);
    let inked = 0;
    let read = 0;
    const rows = Array.from({ length: Math.floor(picture.height / glyphHeight) }, (_, line) => {
      let text = "";
      let isCertain = true;
      for (let column = 0; column < columns; column += 1) {
        const cell = cellAt(picture, column * cellWidth, line * glyphHeight);
        const { character, isSure, isAmbiguous } = cell === undefined ? unreadable : readCell(cell);
        if (isAmbiguous) isCertain = false;
        if (character !== " ") inked += 1;
        if (character !== " " && isSure) read += 1;
        text += character;
      }
      return { text, isCertain };
    });
    const lines = joinWrapped(rows).map((line) => ({ ...line, text: line.text.trimEnd() }));
    return { lines, readable: inked === 0 ? 1 : read / inked };
  };
}

/** A console continues a long line in the next row, without a blank at the end of the full one. */
function joinWrapped(rows: readonly ScreenLine[]): ScreenLine[] {
  const lines: ScreenLine[] = [];
  let isFull = false;
  for (const row of rows) {
    const before = isFull ? lines.pop() : undefined;
    lines.push({
      text: (before?.text ?? "") + row.text,
      isCertain: row.isCertain && before?.isCertain !== false,
    });
    isFull = /[^\s\u2500-\u259f]$/.test(row.text) && !isBox(row.text);
  }
  return lines;
}

/** A row of a box that is drawn with ASCII, or a ruler. */
function isBox(row: string): boolean {
  return /^\s*[|+].*[|+]$/.test(row) || /^([^\p{L}\p{N}])\1*$/u.test(row);
}

/** The pixels of a cell that differ from its first one; undefined if the cell has more than two colours. */
function cellAt({ width, pixels }: Bitmap, left: number, top: number): Uint8Array | undefined {
  const rows = new Uint8Array(glyphHeight);
  const first = pixels.readUIntBE((top * width + left) * 3, 3);
  let second: number | undefined;
  for (let y = 0; y < glyphHeight; y += 1) {
    let at = ((top + y) * width + left) * 3;
    for (let x = 0; x < glyphWidth; x += 1, at += 3) {
      const colour = pixels.readUIntBE(at, 3);
      if (colour === first) continue;
      if (second !== undefined && colour !== second) return undefined;
      second = colour;
      rows[y] = (rows[y] ?? 0) | (0x80 >> x);
    }
  }
  return rows;
}
