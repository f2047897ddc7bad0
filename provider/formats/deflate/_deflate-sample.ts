const blockSize = 64 * 1024;

/**
 * Blocks of several kinds (text, records of numbers, repeats near and far, noise), the same everywhere.
 * Two encoders that deflate all of them to the same bytes are taken for one.
 */
export function deflateSample(): readonly Buffer[] {
  const next = numbers(0x5ee9);
  return [text(next), records(next), repeats(next), noise(next), Buffer.alloc(blockSize, 1)];
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

function repeats(next: () => number): Buffer {
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
