import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { watchScreen, type Screen } from "../../../../provider/agent/machine/screen";
import { temporaryFolder } from "../temporary-folder";

const [width, height] = [640, 480];
const { signal } = new AbortController();

/** A coloured picture, which is no text, with boxes of another colour at these cells of 8 x 16 pixels. */
function picture(cells: readonly (readonly [number, number])[], level: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (at * 7 + (at >> 9)) % 251;
  for (const [column, row] of cells) {
    for (let y = row * 16; y < (row + 1) * 16; y += 1) {
      pixels.fill(level, (y * width + column * 8) * 3, (y * width + column * 8 + 8) * 3);
    }
  }
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
}

describe("watchScreen of a graphical installer", () => {
  const folder = temporaryFolder();
  const seen = async (shots: readonly Buffer[]): Promise<Screen> => {
    const screen = await watchScreen(join(folder(), "screen.ppm"));
    for (const shot of shots) {
      const execute = async (_: string, argument: Readonly<Record<string, unknown>> = {}) =>
        writeFile(String(argument["filename"]), shot);
      await screen.look({ execute }, signal);
    }
    return screen;
  };
  const newsOf = async (shots: readonly Buffer[]) => (await seen(shots)).news();
  const row = (from: number, to: number, line: number): [number, number][] =>
    Array.from({ length: to - from }, (_, index) => [from + index, line]);

  it("takes no clock for news, but counts its changes", async () => {
    const clock = Array.from({ length: 60 }, (_, second) => picture(row(70, 78, 0), second + 1));
    const screen = await seen(clock);
    assert.deepEqual([screen.news(), screen.changes()], [0, 59]);
  });

  it("takes no blinking cursor for news or for a change", async () => {
    const blink = Array.from({ length: 20 }, (_, shot) =>
      picture([[3, 3]], shot % 2 === 0 ? 0 : 255),
    );
    const screen = await seen(blink);
    assert.deepEqual([screen.news(), screen.changes()], [0, 0]);
  });

  it("takes a bar that grows for news", async () => {
    const bar = Array.from({ length: 60 }, (_, length) => picture(row(5, 5 + length, 20), 255));
    assert.ok((await newsOf(bar)) >= 2);
  });

  it("takes another page for news", async () => {
    const pages = [1, 2, 3].map((page) =>
      picture(
        [0, 1, 2, 3].flatMap((it) => row(0, 60, page * 6 + it)),
        255,
      ),
    );
    assert.equal(await newsOf(pages), 2);
  });

  it("takes a screen that goes blank for no news", async () => {
    const blank = Buffer.concat([
      Buffer.from(`P6\n${width} ${height}\n255\n`),
      Buffer.alloc(width * height * 3),
    ]);
    assert.equal(await newsOf([picture([], 0), blank]), 0);
  });
});
