import assert from "node:assert/strict";
import { screenReader, type ScreenLine } from "../../../../provider/agent/machine/screen-text";
import { fontIn } from "../../../../provider/system/host/console-font";

/** A font with known blocks and blanks, and one shape for each other character. */
function madeUpFont(): Uint8Array {
  const font = new Uint8Array(4096);
  for (let code = 1; code < 255; code += 1) {
    if (code === 0x20) continue;
    let state = code * 2654435761;
    for (let row = 2; row < 12; row += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      font[code * 16 + row] = state >>> 24;
    }
  }
  font.fill(0xff, 0xdb * 16, 0xdc * 16);
  font.fill(0, 0xdc * 16, 0xdc * 16 + 7).fill(0xff, 0xdd * 16 - 7, 0xdd * 16);
  font.fill(0xff, 0xdf * 16, 0xdf * 16 + 7).fill(0, 0xe0 * 16 - 7, 0xe0 * 16);
  return font;
}

const font = madeUpFont();
type Colour = readonly [number, number, number];
const grey: Colour = [170, 170, 170];
const black: Colour = [0, 0, 0];

/** A picture of text, as QEMU draws it in text mode (cells of nine pixels) or a kernel on a framebuffer. */
function picture(
  lines: readonly string[],
  { cell = 8, ink = grey, paper = black, columns = 80, rows = 25, shapes = font } = {},
) {
  const [width, height] = [columns * cell, rows * 16];
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(paper, at);
  lines.forEach((line, row) => {
    Array.from(line).forEach((character, column) => {
      for (let y = 0; y < 16; y += 1) {
        for (let x = 0; x < 8; x += 1) {
          const bits = shapes[(character.codePointAt(0) ?? 0) * 16 + y] ?? 0;
          if ((bits & (0x80 >> x)) === 0) continue;
          pixels.set(ink, ((row * 16 + y) * width + column * cell + x) * 3);
        }
      }
    });
  });
  return { width, height, pixels };
}

const read = screenReader(font);
const notEmpty = (lines: readonly string[]) => lines.filter((line) => line !== "");
const textOf = (lines: readonly ScreenLine[]) => notEmpty(lines.map(({ text }) => text));

describe("screenReader", () => {
  const lines = ["SeaBIOS (version 1.16)", "", "No bootable device."];

  for (const [what, shown] of [
    ["QEMU's text mode", picture(lines, { cell: 9 })],
    ["a framebuffer", picture(lines)],
    ["a larger framebuffer", picture(lines, { columns: 160, rows: 50 })],
    ["other colours", picture(lines, { ink: [255, 255, 85], paper: [0, 0, 170] })],
    ["reverse video", picture(lines, { ink: black, paper: grey })],
  ] as const) {
    it(`reads ${what}`, () => {
      const text = read(shown);
      assert.deepEqual(textOf(text.lines), notEmpty(lines));
      assert.ok(text.lines.every(({ isCertain }) => isCertain));
      assert.equal(text.readable, 1);
    });
  }

  it("joins a line that goes on in the next row", () => {
    const long = `No users found in any stage that are part of the admin group ${"x".repeat(40)}.`;
    const { lines: joined } = read(picture([long.slice(0, 80), long.slice(80), "next"]));
    assert.deepEqual(textOf(joined), [long, "next"]);
  });

  for (const last of "a7.,+=$|~<>^`\"'") {
    it(`joins a line whose row ends in ${last}`, () => {
      const row = `token ${"x".repeat(73)}${last}`;
      assert.deepEqual(textOf(read(picture([row, "yz"])).lines), [`${row}yz`]);
    });
  }

  for (const [what, row] of [
    ["of a box", `| Install${" ".repeat(70)}|`],
    ["of a box's edge", `+${"-".repeat(78)}+`],
    ["of a ruler", "=".repeat(80)],
    ["that ends in a blank", `${"x".repeat(79)} `],
  ] as const) {
    it(`does not join a row ${what} with the next one`, () =>
      assert.deepEqual(textOf(read(picture([row, "next"])).lines), [row.trimEnd(), "next"]));
  }

  /** A picture of a line whose third character has so many wrong pixels. */
  const damaged = (pixels: number) => {
    const shown = picture(["hunter22", "other"]);
    for (let index = 0; index < pixels; index += 1) {
      const at = ((index % 16) * shown.width + 2 * 8 + (index >> 4) * 3) * 3;
      const ink = shown.pixels[at] === 0 ? grey : black;
      shown.pixels.set(ink, at);
    }
    return read(shown).lines.filter(({ text }) => text !== "");
  };
  it("is certain of a line with a character that differs in a pixel", () =>
    assert.deepEqual(damaged(1)[0], { text: "hunter22", isCertain: true }));
  for (const pixels of [8, 40]) {
    it(`is not certain of a line with a character that differs in ${pixels} pixels`, () =>
      assert.deepEqual(
        damaged(pixels).map(({ isCertain }) => isCertain),
        [false, true],
      ));
  }
  it("is not certain of a line that goes on in a row with such a character", () => {
    const shown = picture(["x".repeat(80), "hunter22", "other"]);
    for (let y = 16; y < 30; y += 1) shown.pixels.set([y, 2, 3], (y * shown.width + 20) * 3);
    const lines = read(shown).lines.filter(({ text }) => text !== "");
    assert.deepEqual(
      lines.map(({ isCertain }) => isCertain),
      [false, true],
    );
  });

  it("does not take the cursor for a character", () => {
    const shown = picture(["grub> "]);
    for (const y of [14, 15]) {
      for (let x = 6 * 8; x < 7 * 8; x += 1) shown.pixels.set(grey, (y * shown.width + x) * 3);
    }
    assert.deepEqual(textOf(read(shown).lines), ["grub>"]);
  });

  it("reads a character that differs in two pixels, as in another version of the font", () => {
    const shown = picture(["login"]);
    for (const x of [1, 9]) {
      const at = (15 * shown.width + x) * 3;
      shown.pixels.set(grey, at);
    }
    assert.deepEqual(textOf(read(shown).lines), ["login"]);
  });

  it("reads a wide character that a kernel draws one pixel narrower", () => {
    const narrow = Uint8Array.from(font);
    for (const code of Array.from("MWmw", (it) => it.charCodeAt(0))) {
      for (let at = code * 16; at < (code + 1) * 16; at += 1) {
        const row = font[at] ?? 0;
        narrow[at] = (row & 0xf0) | ((row & 0x07) << 1);
      }
    }
    assert.deepEqual(textOf(read(picture(["Mwm W"], { shapes: narrow })).lines), ["Mwm W"]);
  });

  it("does not take the text of another font for readable", () => {
    const other = font.map((row) => ((row * 37) ^ 0x5a) & 0xff);
    other.fill(0, 0x20 * 16, 0x21 * 16);
    assert.ok(read(picture(["Continue with autoinstall?"], { shapes: other })).readable < 0.3);
  });

  it("says that a picture is not text", () => {
    const shown = picture([]);
    let state = 7;
    for (let at = 0; at < shown.pixels.length; at += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      shown.pixels[at] = state >>> 24;
    }
    assert.equal(read(shown).readable, 0);
  });

  it("reads a blank screen as no text", () => {
    const { lines: none, readable } = read(picture([]));
    assert.deepEqual([textOf(none), readable], [[], 1]);
  });
});

describe("fontIn", () => {
  it("finds the font in a ROM", () => {
    const rom = Buffer.concat([Buffer.alloc(1000, 0x55), font, Buffer.alloc(500, 0xaa)]);
    assert.ok(Buffer.from(font).equals(fontIn(rom) ?? Buffer.alloc(0)));
  });
  it("finds none where there is none", () => {
    assert.equal(fontIn(Buffer.alloc(20_000)), undefined);
    assert.equal(fontIn(Buffer.alloc(20_000, 0xff)), undefined);
    assert.equal(fontIn(Buffer.alloc(10)), undefined);
  });
});
