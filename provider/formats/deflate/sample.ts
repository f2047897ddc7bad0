const blockSize = 64 * 1024;

/** Bytes in one run of the sample; longer than what repeats within most tables. */
const runLength = 64;
/** A prime, so that the runs meet every place of records that have a power of two as their length. */
const runStride = 1021;
/** Of the chi-squared statistic: random bytes come to 255, with one KiB of zeros among them to more than 600. */
const mostUneven = 420;
/** After so many runs, text and programs are far beyond it. */
const firstLook = 8;

/** Words are looked for at every byte of one KiB in each 16, elsewhere at every 16th byte. */
const searchedEach = 16 * 1024;
const searched = 1024;
const wordStride = 16;
/** Found again by chance, or in what a compressor wrote for itself; a repeat of 100 bytes gives more. */
const mostRepeats = 8;

const counts = new Uint32Array(256);
const words = new Int32Array(4096);

/**
 * Whether a block is what compression leaves, or encryption: it is not worth the try, which takes as
 * long as for any other. An installed system is full of it (squashfs, layers of containers). Judged
 * by samples, 4 KiB for how even the bytes are, 8,000 words of four bytes for repeats; in doubt it
 * is not noise, and only whole blocks of 64 KiB are.
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
 * Blocks of several kinds (text, records of numbers, repeats near and far, noise), the same everywhere.
 * Two encoders that deflate all of them to the same bytes are taken for one.
 */
export function deflateSample(): readonly Buffer[] {
  const next = numbers(0x5ee9);
  return [text(next), records(next), repeatedPieces(next), noise(next), Buffer.alloc(blockSize, 1)];
}

/** Numbers below 2^32 without a visible pattern (xorshift, by Marsaglia). */
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
    // The product of two shares makes the first words common, as in any language.
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
    // Also farther back than deflate's window of 32 KiB reaches.
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
