import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The shapes of the 256 characters of code page 437: 16 rows of 8 pixels each, the leftmost pixel in the highest bit. */
export type ConsoleFont = Uint8Array;

export const glyphHeight = 16;
export const glyphWidth = 8;
const fontBytes = 256 * glyphHeight;

/** Where distributions keep the video BIOS of QEMU's standard display. */
const folders = ["/usr/share/seabios", "/usr/share/qemu", "/usr/share/vgabios", "/usr/share/kvm"];
const romName = "vgabios-stdvga.bin";

/** The font of QEMU's video BIOS, which Linux' text console has as well; undefined if the file is not there. */
export async function readConsoleFont(): Promise<ConsoleFont | undefined> {
  for (const folder of folders) {
    const rom = await readFile(join(folder, romName)).catch(() => undefined);
    const font = rom === undefined ? undefined : fontIn(rom);
    if (font !== undefined) return font;
  }
  return undefined;
}

/** The font in a ROM, found by the characters whose shapes are known: four blank ones and the blocks. */
export function fontIn(rom: Uint8Array): ConsoleFont | undefined {
  for (let start = 0; start + fontBytes <= rom.length; start += 1) {
    const font = rom.subarray(start, start + fontBytes);
    const isFont = knownRows.every(([at, end, byte]) => isFilled(font.subarray(at, end), byte));
    if (isFont) return font;
  }
  return undefined;
}

/** Rows of the characters 0, space, the full block, the lower and the upper half block, and 255. */
const knownRows = [
  [0, 16, 0x00],
  [0x20 * glyphHeight, 0x21 * glyphHeight, 0x00],
  [0xdb * glyphHeight, 0xdc * glyphHeight, 0xff],
  [0xdc * glyphHeight, 0xdc * glyphHeight + 7, 0x00],
  [0xdd * glyphHeight - 7, 0xdd * glyphHeight, 0xff],
  [0xdf * glyphHeight, 0xdf * glyphHeight + 7, 0xff],
  [0xff * glyphHeight, 0x100 * glyphHeight, 0x00],
] as const;

function isFilled(bytes: Uint8Array, byte: number): boolean {
  return bytes.every((it) => it === byte);
}
