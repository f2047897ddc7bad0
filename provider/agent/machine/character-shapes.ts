import { glyphHeight, glyphWidth, type ConsoleFont } from "../../system/host/console-font";

/** The characters 0xB0 to 0xDF of code page 437. Boxes of menus and bars are drawn with them. */
const lineCharacters = "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀";
/** The fonts of kernels differ from the ROM's in a few pixels of most characters, and in more of some. */
const differentPixels = { sure: 3, guessed: 10 } as const;
/** A guess needs a character that differs by so many pixels less than every other one. */
const leastMargin = 2;
/** The cursor is a bar in the last rows of a cell. */
const cursorRow = 13;

/** What a cell shows. */
interface Reading {
  readonly character: string;
  readonly isSure: boolean;
  /** Whether it could be another character, so that a secret with it could not be recognised. */
  readonly isAmbiguous: boolean;
}

const blank: Reading = { character: " ", isSure: true, isAmbiguous: false };
export const unreadable: Reading = { character: "\ufffd", isSure: false, isAmbiguous: true };

interface Glyph {
  readonly rows: Uint8Array;
  readonly character: string;
}

/** Reads cells by the shapes of that font. */
export function cellReader(font: ConsoleFont): (rows: Uint8Array) => Reading {
  const glyphs = glyphsOf(font);
  const known = new Map<string, Reading>(
    glyphs.map(({ rows, character }) => [
      keyOf(rows),
      { character, isSure: true, isAmbiguous: false },
    ]),
  );
  return (rows) => {
    const key = keyOf(rows);
    const found = known.get(key) ?? nearest(glyphs, rows);
    known.set(key, found);
    return found;
  };
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
  return [...drawn, ...ascii.flatMap(narrowed), ...ascii];
}

/**
 * A character that fills its cell, without one of its columns. The ROM's font is for cells of nine pixels; on a framebuffer,
 * kernels draw the same characters one pixel narrower.
 */
function narrowed({ rows, character }: Glyph): Glyph[] {
  if (rows.every((row) => (row & 1) === 0)) return [];
  return Array.from({ length: glyphWidth }, (_, column) => {
    const left = 0xff & ~(0xff >> column);
    const right = 0xff >> (column + 1);
    return { rows: rows.map((row) => (row & left) | ((row & right) << 1)), character };
  });
}

/** The character that differs least from a cell, in either colour or below the cursor. */
function nearest(glyphs: readonly Glyph[], cell: Uint8Array): Reading {
  const hasCharacter = cell.subarray(0, cursorRow).some((row) => row !== 0);
  if (!hasCharacter) return blank;
  let best = "";
  let fewest = Infinity;
  let fewestOfOthers = Infinity;
  for (const { rows, character } of glyphs) {
    const different = Math.min(
      distance(rows, cell, 0, glyphHeight),
      distance(rows, cell, 0xff, glyphHeight),
      distance(rows, cell, 0, cursorRow),
    );
    if (character === best) {
      fewest = Math.min(fewest, different);
    } else if (different < fewest) {
      [best, fewest, fewestOfOthers] = [character, different, fewest];
    } else {
      fewestOfOthers = Math.min(fewestOfOthers, different);
    }
  }
  const isExact = fewest === 0 && fewestOfOthers > 0;
  const isClear = fewestOfOthers - fewest >= leastMargin;
  if (fewest <= differentPixels.sure)
    return { character: best, isSure: true, isAmbiguous: !isClear && !isExact };
  const isGuessed = fewest <= differentPixels.guessed && isClear;
  return isGuessed ? { character: best, isSure: false, isAmbiguous: true } : unreadable;
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
