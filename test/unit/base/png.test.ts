import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";
import { encodePng, halved, isBlank, readPpm, type Bitmap } from "../../../provider/base/png";

/** Reads the encoder's output: 8 bits, no filter, no interlacing. */
function decode(png: Buffer): Bitmap & { readonly colourType: number } {
  assert.equal(png.toString("latin1", 0, 8), "\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(body));
    chunks.set(body.toString("latin1", 0, 4), body.subarray(4));
    at += 12 + length;
  }
  const header = chunks.get("IHDR")!;
  const [width, height, colourType] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9]!];
  const rows = inflateSync(chunks.get("IDAT")!);
  const size = colourType === 3 ? 1 : 3;
  const pixels: number[] = [];
  for (let y = 0; y < height; y += 1) {
    const row = rows.subarray(y * (1 + width * size), (y + 1) * (1 + width * size));
    assert.equal(row[0], 0);
    if (size === 3) pixels.push(...row.subarray(1));
    else
      for (const index of row.subarray(1))
        pixels.push(...chunks.get("PLTE")!.subarray(index * 3, index * 3 + 3));
  }
  return { width, height, colourType, pixels: Buffer.from(pixels) };
}

const picture = (width: number, height: number, colours: number): Bitmap => {
  const pixels = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    pixels.writeUIntBE(((pixel % colours) * 7919) & 0xffffff, pixel * 3, 3);
  }
  return { width, height, pixels };
};

describe("encodePng", () => {
  for (const [colours, colourType] of [
    [2, 3],
    [256, 3],
    [257, 2],
  ] as const) {
    it(`keeps every pixel of ${colours} colours`, () => {
      const bitmap = picture(37, 23, colours);
      assert.deepEqual(decode(encodePng(bitmap)), { ...bitmap, colourType });
    });
  }
});

describe("readPpm", () => {
  const ppm = (header: string, bytes: number) =>
    Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 5)]);

  it("reads what QEMU writes", () =>
    assert.deepEqual(readPpm(ppm("P6\n4 2\n255\n", 24)), {
      width: 4,
      height: 2,
      pixels: Buffer.alloc(24, 5),
    }));

  for (const [what, file] of [
    ["one that is cut short", ppm("P6\n4 2\n255\n", 23)],
    ["another depth", ppm("P6\n4 2\n65535\n", 48)],
    ["a PNG", encodePng(picture(4, 2, 2))],
    ["nothing", Buffer.alloc(0)],
  ] as const) {
    it(`takes ${what} for no picture`, () => assert.equal(readPpm(file), undefined));
  }
});

describe("halved", () => {
  it("takes the mean of four", () => {
    const pixels = Buffer.from([0, 0, 0, 4, 4, 4, 8, 8, 8, 20, 0, 40]);
    assert.deepEqual(halved({ width: 2, height: 2, pixels }), {
      width: 1,
      height: 1,
      pixels: Buffer.from([8, 3, 13]),
    });
  });

  it("leaves out an odd row and column", () => {
    const { width, height, pixels } = halved(picture(5, 3, 2));
    assert.deepEqual([width, height, pixels.length], [2, 1, 6]);
  });
});

describe("isBlank", () => {
  it("is a screen of one colour", () => assert.equal(isBlank(picture(3, 3, 1)), true));
  it("is no screen with a single other pixel", () =>
    assert.equal(isBlank(picture(3, 3, 9)), false));
});
