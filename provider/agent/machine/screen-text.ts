import type { Bitmap } from "../../base/png";
import { glyphHeight, type ConsoleFont } from "../../system/host/console-font";

/** The text of a screen, and how much of it could be read. */
export interface ScreenText {
  /** Without blanks at their ends; a line that fills its row is joined with the next row. An unknown character is U+FFFD. */
  readonly lines: readonly string[];
  /** Of the cells that are not blank, the share whose character is known; 1 for a blank screen. */
  readonly readable: number;
}

/** Reads the text of a console from a picture of it. */
export type ScreenReader = (picture: Bitmap) => ScreenText;

const glyphWidth = 8;
/** The characters 0xB0 to 0xDF of code page 437. Boxes of menus and bars are drawn with them. */
const lineCharacters = "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀";
const unknown = "\ufffd";
/** The fonts of kernels differ from the ROM's in a few pixels of some characters. */
const mostDifferentPixels = 3;
/** The cursor is a bar in the last rows of a cell. */
const cursorRow = 13;

/** A reader for the characters of that font. */
export function screenReader(font: ConsoleFont): ScreenReader {
  const glyphs = glyphsOf(font);
  const known = new Map(glyphs.map(({ rows, character }) => [keyOf(rows), character]));
  const characterOf = (rows: Uint8Array): string => {
    const key = keyOf(rows);
    const found = known.get(key);
    if (found !== undefined) return found;
    const character = nearest(glyphs, rows) ?? unknown;
    known.set(key, character);
    return character;
  };
  return (picture) => {
    // In QEMU's text mode a cell is nine pixels wide; the ninth is the gap between two characters.
    const cellWidth = picture.width === 720 && picture.height === 400 ? 9 : glyphWidth;
    const columns = Math.floor(picture.width / cellWidth);
    let inked = 0;
    let read = 0;
    const rows = Array.from({ length: Math.floor(picture.height / glyphHeight) }, (_, line) => {
      let text = "";
      for (let column = 0; column < columns; column += 1) {
        const cell = cellAt(picture, column * cellWidth, line * glyphHeight);
        const character = cell === undefined ? unknown : characterOf(cell);
        if (character !== " ") inked += 1;
        if (character !== " " && character !== unknown) read += 1;
        text += character;
      }
      return text;
    });
    const lines = joinWrapped(rows).map((line) => line.trimEnd());
    return { lines, readable: inked === 0 ? 1 : read / inked };
  };
}

/** A console continues a long line in the next row, without a blank at the end of the full one. */
function joinWrapped(rows: readonly string[]): string[] {
  const lines: string[] = [];
  let isFull = false;
  for (const row of rows) {
    if (isFull) lines.push((lines.pop() ?? "") + row);
    else lines.push(row);
    isFull = /[\p{L}\p{N}\p{P}]$/u.test(row);
  }
  return lines;
}

interface Glyph {
  readonly rows: Uint8Array;
  readonly character: string;
}

function glyphsOf(font: ConsoleFont): Glyph[] {
  const glyph = (code: number, character: string): Glyph => ({
    rows: font.subarray(code * glyphHeight, (code + 1) * glyphHeight),
    character,
  });
  const ascii = Array.from({ length: 95 }, (_, index) =>
    glyph(0x20 + index, String.fromCharCode(0x20 + index)),
  );
  const drawn = Array.from(lineCharacters, (character, index) => glyph(0xb0 + index, character));
  // Characters that look the same in two places are the ones of ASCII.
  return [...drawn, ...ascii];
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

/** The character that differs least from a cell, in either colour or below the cursor. */
function nearest(glyphs: readonly Glyph[], cell: Uint8Array): string | undefined {
  let best: string | undefined;
  let fewest = mostDifferentPixels + 1;
  const hasCharacter = cell.subarray(0, cursorRow).some((row) => row !== 0);
  if (!hasCharacter) return " ";
  for (const { rows, character } of glyphs) {
    const different = Math.min(
      distance(rows, cell, 0, glyphHeight),
      distance(rows, cell, 0xff, glyphHeight),
      distance(rows, cell, 0, cursorRow),
    );
    if (different < fewest) [fewest, best] = [different, character];
  }
  return best;
}

function distance(glyph: Uint8Array, cell: Uint8Array, inverted: number, end: number): number {
  let pixels = 0;
  for (let row = 0; row < end; row += 1) {
    for (let bits = (glyph[row] ?? 0) ^ (cell[row] ?? 0) ^ inverted; bits !== 0; bits &= bits - 1) {
      pixels += 1;
    }
  }
  return pixels;
}

function keyOf(rows: Uint8Array): string {
  return Buffer.from(rows).toString("latin1");
}
