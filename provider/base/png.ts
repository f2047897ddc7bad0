import { crc32, deflateSync } from "node:zlib";

/** A picture with three bytes (red, green, blue) per pixel. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/**
 * Reads a binary PPM with 8 bits per colour, the only kind that QEMU writes. Undefined for other
 * data.
 */
export function readPpm(file: Buffer): Bitmap | undefined {
  const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(file.toString("latin1", 0, 32));
  if (header === null) return undefined;
  const [width, height] = [Number(header[1]), Number(header[2])];
  const pixels = file.subarray(header[0].length);
  return pixels.length === width * height * 3 ? { width, height, pixels } : undefined;
}

/**
 * Encodes a PNG. With at most 256 colours, as on every text console, it has a palette, which makes
 * it a third of the size.
 */
export function encodePng({ width, height, pixels }: Bitmap): Buffer {
  const palette = paletteOf(pixels);
  const bytesPerPixel = palette === undefined ? 3 : 1;
  const rows = Buffer.alloc(height * (1 + width * bytesPerPixel));
  for (let y = 0, to = 0; y < height; y += 1) {
    // Filter of the row: none.
    to += 1;
    for (let at = y * width * 3; at < (y + 1) * width * 3; at += 3, to += bytesPerPixel) {
      if (palette === undefined) pixels.copy(rows, to, at, at + 3);
      else rows[to] = palette.get(pixels.readUIntBE(at, 3)) ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bit depth 8 and the colour type: 3 with a palette, 2 without.
  header.set([8, palette === undefined ? 2 : 3], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    ...(palette === undefined ? [] : [chunk("PLTE", coloursOf(palette))]),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Halves width and height. Each pixel is the mean of four. */
export function halved({ width, height, pixels }: Bitmap): Bitmap {
  const half = { width: Math.floor(width / 2), height: Math.floor(height / 2) };
  const small = Buffer.alloc(half.width * half.height * 3);
  const at = (x: number, y: number, colour: number): number =>
    pixels[(y * width + x) * 3 + colour] ?? 0;
  for (let index = 0; index < small.length; index += 1) {
    const colour = index % 3;
    const pixel = (index - colour) / 3;
    const [x, y] = [(pixel % half.width) * 2, Math.floor(pixel / half.width) * 2];
    const four = [at(x, y, colour), at(x + 1, y, colour), at(x, y + 1, colour)];
    small[index] = (four.reduce((sum, it) => sum + it, at(x + 1, y + 1, colour)) + 2) >> 2;
  }
  return { ...half, pixels: small };
}

/** Reports whether all pixels have the same colour. */
export function isBlank({ pixels }: Bitmap): boolean {
  return pixels.equals(Buffer.alloc(pixels.length, pixels.subarray(0, 3)));
}

/** Palette index by colour. Undefined if there are more than 256 colours. */
function paletteOf(pixels: Buffer): Map<number, number> | undefined {
  const colours = new Map<number, number>();
  let last = -1;
  for (let at = 0; at < pixels.length; at += 3) {
    const colour = pixels.readUIntBE(at, 3);
    if (colour === last) continue;
    last = colour;
    if (colours.has(colour)) continue;
    if (colours.size === 256) return undefined;
    colours.set(colour, colours.size);
  }
  return colours;
}

function coloursOf(palette: ReadonlyMap<number, number>): Buffer {
  const colours = Buffer.alloc(palette.size * 3);
  for (const [colour, number] of palette) colours.writeUIntBE(colour, number * 3, 3);
  return colours;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
