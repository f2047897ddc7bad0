import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { deflateSample, isIncompressible } from "../../../../provider/formats/deflate/sample";
import { KiB } from "../../../../provider/base/size";

const size = 64 * KiB;

/** Bytes without a pattern, the same for the same seed. */
function random(seed: number, length = size): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, part) =>
    createHash("sha256").update(`${seed} ${part}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length);
}

const [text = Buffer.alloc(0)] = deflateSample();

function blocksOf(bytes: Buffer): Buffer[] {
  const count = Math.floor(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

describe("isNoise", () => {
  it("is so of random bytes", () => {
    const found = Array.from({ length: 50 }, (_, seed) => isIncompressible(random(seed)));
    assert.deepEqual(new Set(found), new Set([true]));
  });

  for (const [name, compress] of [
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const) {
    it(`is so only where deflating what ${name} left would save hardly anything`, () => {
      const blocks = blocksOf(compress(Buffer.concat([text, random(2, 40 * size)])));
      const noise = blocks.filter(isIncompressible);
      assert.ok(noise.length > blocks.length / 2);
      for (const block of noise) assert.ok(deflateRawSync(block).length > 0.98 * size);
    });
  }

  it("is so of one kind of the sample, and of no part of a block", () => {
    assert.deepEqual(deflateSample().map(isIncompressible), [false, false, false, true, false]);
    assert.equal(isIncompressible(random(3, size - 1)), false);
    assert.equal(isIncompressible(Buffer.alloc(0)), false);
  });

  for (const [name, fill] of [
    ["zeros", (length: number) => Buffer.alloc(length)],
    ["text", (length: number) => text.subarray(0, length)],
  ] as const) {
    it(`is not so of random bytes with 4 KiB of ${name} among them, wherever they are`, () => {
      for (let at = 0; at + 4 * KiB <= size; at += 1777) {
        const block = Buffer.from(random(4));
        block.set(fill(4 * KiB), at);
        assert.equal(isIncompressible(block), false, `at ${at}`);
      }
    });
  }

  for (const length of [16, 100, 512, 4096, 4500, 20_000, 30_000]) {
    it(`is not so of ${length} random bytes again and again`, () => {
      const piece = random(5, length);
      const block = Buffer.alloc(size);
      for (let at = 0; at < size; at += length) block.set(piece.subarray(0, size - at), at);
      assert.equal(isIncompressible(block), false);
    });
  }

  for (const length of [32, 64, 128, 256, 1024]) {
    it(`is not so of records of ${length} bytes, half of each random`, () => {
      const block = Buffer.from(random(6));
      for (let at = 0; at < size; at += length) block.fill(0, at, at + length / 2);
      assert.equal(isIncompressible(block), false);
    });
  }

  it("is not so of the numbers from 0 to 255, which all are as frequent", () => {
    const block = Buffer.alloc(size);
    for (let at = 0; at < size; at += 1) block[at] = at;
    assert.equal(isIncompressible(block), false);
  });
});
