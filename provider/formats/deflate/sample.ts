const blockSize = 64 * 1024;

/** Bytes in one run of the sample. Longer than the period of most tables. */
const runLength = 64;
/** A prime, so that the runs reach every offset within records whose length is a power of two. */
const runStride = 1021;
/**
 * Limit for the chi-squared statistic. Random bytes come to 255; with 1 KiB of zeros among them, to
 * more than 600.
 */
const mostUneven = 420;
/** The check starts after this number of runs. Text and programs exceed the limit by then. */
const firstLook = 8;

/** Repeats are searched at every byte in one of 16 KiB, and at every 16th byte elsewhere. */
const searchedEach = 16 * 1024;
const searched = 1024;
const wordStride = 16;
/**
 * Allowed number of repeats. Random data has some by chance; a repeated run of 100 bytes gives more
 * than this.
 */
const mostRepeats = 8;

const counts = new Uint32Array(256);
const words = new Int32Array(4096);

/**
 * Reports whether a block of 64 KiB is compressed or encrypted already. Such a block takes as long
 * to deflate as any other and does not shrink, and an installed system is full of them (squashfs,
 * container layers). The answer comes from samples: 4 KiB for the distribution of bytes, 8,000
 * words of four bytes for repeats. In doubt the answer is no.
 */
export function isIncompressible(block: Uint8Array): boolean {
  return block.length === blockSize && isEven(block) && !repeats(block);
}

function isEven(block: Uint8Array): boolean {
  counts.fill(0);
  let runs = 0;
  for (let start = 0; start + runLength <= blockSize; start += runStride) {
    for (let at = start; at < start + runLength; at += 1) {
      const byte = block[at] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
    runs += 1;
    if (runs === firstLook && unevenness(runs * runLength) > mostUneven) return false;
  }
  return unevenness(runs * runLength) <= mostUneven;
}

function unevenness(sampled: number): number {
  let squares = 0;
  for (const count of counts) squares += count * count;
  return (squares * 256) / sampled - sampled;
}

function repeats(block: Uint8Array): boolean {
  words.fill(0);
  let found = 0;
  for (let at = 0; at + 4 <= blockSize;) {
    const word =
      (block[at] ?? 0) |
      ((block[at + 1] ?? 0) << 8) |
      ((block[at + 2] ?? 0) << 16) |
      ((block[at + 3] ?? 0) << 24);
    const slot = Math.imul(word, 0x9e37_79b1) >>> 20;
    if (words[slot] === word && (found += 1) > mostRepeats) return true;
    words[slot] = word;
    at += at % searchedEach < searched ? 1 : wordStride;
  }
  return false;
}

/**
 * Blocks of several kinds (text, records of numbers, near and far repeats, noise), the same on
 * every machine. Two encoders that deflate all of them to the same bytes count as the same encoder.
 */
export function deflateSample(): readonly Buffer[] {
  const next = numbers(0x5ee9);
  return [text(next), records(next), repeatedPieces(next), noise(next), Buffer.alloc(blockSize, 1)];
}

/** Pseudo-random numbers below 2^32 (Marsaglia's xorshift). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function text(next: () => number): Buffer {
  const syllables = ["ka", "iro", "s", "edge", "im", "age", "ter", "no", "de", "lo", "vi", "un"];
  const words = Array.from({ length: 600 }, () =>
    Array.from({ length: 1 + (next() % 4) }, () => syllables[next() % syllables.length]).join(""),
  );
  let all = "";
  while (all.length < blockSize) {
    // The product of two uniform numbers makes the first words frequent, as in natural language.
    const rank = ((next() % 1000) * (next() % 1000) * words.length) / 1e6;
    all += `${words[Math.floor(rank)] ?? ""}${next() % 12 === 0 ? ".\n" : " "}`;
  }
  return Buffer.from(all.slice(0, blockSize), "latin1");
}

function records(next: () => number): Buffer {
  const block = Buffer.alloc(blockSize);
  for (let at = 0; at < blockSize; at += 32) {
    block.writeUInt32LE(at / 32, at);
    block.writeUInt32LE(1_700_000_000 + (next() % 4096), at + 4);
    block.writeUInt16LE(next() % 7 === 0 ? 0o755 : 0o644, at + 8);
    block.writeUInt32LE(next(), at + 12);
    block.writeUInt16LE(next() % 64, at + 20);
  }
  return block;
}

function repeatedPieces(next: () => number): Buffer {
  const block = noise(next);
  for (let at = 512; at < blockSize;) {
    const length = Math.min(3 + (next() % (next() % 8 === 0 ? 600 : 40)), blockSize - at);
    // Some distances exceed deflate's window of 32 KiB.
    const from = at - Math.min(at, 1 + (next() % (next() % 3 === 0 ? 40_000 : 700)));
    for (let step = 0; step < length; step += 1) block[at + step] = block[from + step] ?? 0;
    at += length + (next() % 6);
  }
  return block;
}

function noise(next: () => number): Buffer {
  const block = Buffer.alloc(blockSize);
  for (let at = 0; at < blockSize; at += 4) block.writeUInt32LE(next(), at);
  return block;
}
