import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import type { Piece } from "../../../../provider/formats/stream/pieces";
import { longestZeroFrame, zeroFrame, zstdParts } from "../../../../provider/formats/stream/zstd";

async function partsOf(...pieces: readonly Piece[]): Promise<Buffer[]> {
  return all(zstdParts(given(pieces)));
}

async function all(parts: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const part of parts) found.push(part);
  return found;
}

async function* given(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
  await Promise.resolve();
}

describe("zeroFrame", () => {
  const block = 128 * 1024;

  it("has the bytes that RFC 8878 gives it", () => {
    const golden: readonly [number, string][] = [
      [1, "28b52ffd803801000000" + "090000" + "00"],
      [block, "28b52ffd803800000200" + "5500001000000100fbff39c002"],
      [block + 1, "28b52ffd803801000200" + "5400001000000100fbff39c002" + "0b000000"],
      [3 * block, "28b52ffd803800000600" + "5400001000000100fbff39c002" + "02001000" + "03001000"],
    ];
    for (const [length, hex] of golden) assert.equal(zeroFrame(length).toString("hex"), hex);
  });

  it("decodes to as many zeros", () => {
    for (const length of [1, 2, 255, 256, block - 1, block, block + 1, 5 * block + 77]) {
      assert.ok(zstdDecompressSync(zeroFrame(length)).equals(Buffer.alloc(length)), `${length}`);
    }
  });

  it("needs 32 KiB for a GiB", () => {
    assert.equal(zeroFrame(longestZeroFrame).length, 10 + 13 + 4 * 8191);
  });
});

describe("zstdParts", () => {
  it("makes a frame of each piece that states its size and has a checksum", async () => {
    const [frame] = await partsOf({ kind: "data", bytes: Buffer.from("edge ".repeat(100)) });
    assert.ok(frame !== undefined);
    assert.equal(frame.readUInt32LE(0), 0xfd2fb528);
    // Size of two bytes (minus 256), one segment, checksum.
    assert.equal(frame.readUInt8(4), 0x64);
    assert.equal(frame.readUInt16LE(5), 500 - 256);
    assert.equal(zstdDecompressSync(frame).toString(), "edge ".repeat(100));
  });

  it("cuts a long run of zeros into frames of at most a GiB", async () => {
    const parts = await partsOf({ kind: "zeros", length: 2 * longestZeroFrame + 5 });
    assert.deepEqual(
      parts.map((part) => part.readUInt32LE(6)),
      [longestZeroFrame, longestZeroFrame, 5],
    );
  });

  it("keeps the order", async () => {
    const pieces = Array.from({ length: 40 }, (_, index): Piece =>
      index % 3 === 0
        ? { kind: "zeros", length: index + 1 }
        : { kind: "data", bytes: Buffer.alloc(40_000 - 1000 * index, index) },
    );
    const expected = pieces.map((piece) =>
      piece.kind === "data" ? piece.bytes : Buffer.alloc(piece.length),
    );
    const parts = await partsOf(...pieces);
    const decoded = parts.map((part) => zstdDecompressSync(part));
    assert.ok(Buffer.concat(decoded).equals(Buffer.concat(expected)));
  });

  it("hands on the fault of what it reads", async () => {
    async function* failing(): AsyncGenerator<Piece> {
      yield { kind: "zeros", length: 1 };
      await Promise.reject(new Error("the disk went away"));
    }
    await assert.rejects(all(zstdParts(failing())), { message: "the disk went away" });
  });
});
