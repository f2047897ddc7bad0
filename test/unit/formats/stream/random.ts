/** Numbers below 1 that are the same in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBelow(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

/** Bytes that an encoder compresses to about half. */
export function randomBuffer(random: () => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 2 <= length; at += 2) bytes.writeUInt16LE(random() * 0x8000, at);
  if (length > 0) bytes[0] = 1 + randomBelow(random, 255);
  return bytes;
}
