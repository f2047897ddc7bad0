import assert from "node:assert/strict";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { deflatedZeros, gzipParts } from "../../../../provider/formats/stream/gzip";
import { pieceSize, type Piece } from "../../../../provider/formats/stream/pieces";
import { randomBelow, randomBuffer, randomFrom } from "./random";

async function gzipOf(...pieces: readonly Piece[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of gzipParts(given(pieces))) parts.push(part);
  return Buffer.concat(parts);
}

async function* given(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
  await Promise.resolve();
}

const header = "1f8b08000000000000ff";

describe("gzipParts", () => {
  it("is of time 0 and of no system, and ends with an empty block, sum and length", async () => {
    assert.equal((await gzipOf()).toString("hex"), `${header}03000000000000000000`);
    const one = (await gzipOf({ kind: "data", bytes: Buffer.from("a") })).toString("hex");
    // CRC-32 of "a" is e8b7be43.
    assert.match(one, new RegExp(`^${header}.*0000ffff030043beb7e801000000$`));
  });

  it("is one member, whatever its pieces", async () => {
    const random = randomFrom(7);
    for (let round = 0; round < 20; round += 1) {
      const pieces = Array.from({ length: randomBelow(random, 8) }, (): Piece => {
        const length = 1 + randomBelow(random, 100_000);
        return randomBelow(random, 2) === 0
          ? { kind: "zeros", length }
          : { kind: "data", bytes: randomBuffer(random, length) };
      });
      const expected = Buffer.concat(
        pieces.map((piece) => (piece.kind === "data" ? piece.bytes : Buffer.alloc(piece.length))),
      );
      const packed = await gzipOf(...pieces);
      assert.ok(gunzipSync(packed).equals(expected));
      // Raw inflate stops after one stream, but gunzip would continue with a second member.
      assert.ok(inflateRawSync(packed.subarray(10)).equals(expected));
    }
  });

  it("makes a long run of zeros out of one segment", async () => {
    const segment = deflatedZeros(pieceSize).packed;
    const packed = await gzipOf({ kind: "zeros", length: 3 * pieceSize });
    assert.ok(packed.subarray(10, -10).equals(Buffer.concat([segment, segment, segment])));
    assert.ok(gunzipSync(packed).equals(Buffer.alloc(3 * pieceSize)));
  });

  it("states the length modulo 4 GiB", async () => {
    const GiB = 2 ** 30;
    const packed = await gzipOf({ kind: "zeros", length: 5 * GiB });
    assert.equal(packed.readUInt32LE(packed.length - 4), GiB);
  });
});
