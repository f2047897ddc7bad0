import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

/** A piece of a disk: position, length, and how its bytes compress. */
export type Piece = readonly [start: number, length: number, kind: Kind];
export type Kind = "noise" | "text" | "zeros";

/** Pseudo-random numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A sparse disk; its pieces are allocated, including those of zeros. */
export async function sparseDisk(
  path: string,
  size: number,
  pieces: readonly Piece[],
  next = seeded(1),
): Promise<string> {
  const handle = await open(path, "w");
  try {
    await handle.truncate(size);
    for (const [start, length, kind] of pieces) {
      await handle.write(bytesOf(kind, length, next), 0, length, start);
    }
  } finally {
    await handle.close();
  }
  return path;
}

function bytesOf(kind: Kind, length: number, next: () => number): Buffer {
  const bytes = Buffer.alloc(length);
  if (kind === "zeros") return bytes;
  const words = Array.from({ length: 50 }, () =>
    next()
      .toString(36)
      .slice(2, 4 + next() * 6),
  );
  for (let at = 0; at < length;) {
    if (kind === "noise") {
      bytes[at] = next() * 256;
      at += 1;
    } else {
      at += bytes.write(`${words[Math.floor(next() * 50)] ?? ""} `, at, "latin1");
    }
  }
  return bytes;
}

/** Pieces of all kinds at random positions, some of them adjacent, some at the disk's end. */
export function randomPieces(next: () => number, size: number, count: number): Piece[] {
  const kinds = ["noise", "text", "text", "zeros"] as const;
  const pieces: Piece[] = [];
  let at = 0;
  for (let index = 0; index < count && at < size; index += 1) {
    if (next() < 0.7) at += Math.floor(next() * ((2 * size) / count));
    if (index === count - 1 || at >= size) at = Math.max(0, size - 1000);
    const longest = Math.min(size - at, next() < 0.5 ? 5000 : 400_000);
    const length = 1 + Math.floor(next() * (longest - 1));
    pieces.push([at, length, kinds[Math.floor(next() * kinds.length)] ?? "noise"]);
    at += length;
  }
  return pieces;
}

export async function digestOf(path: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) digest.update(chunk);
  return digest.digest("hex");
}

/** A Python program that prints the SHA-256 of a VMDK's disk as libvmdk reads it. */
export const readWithLibvmdk = `
import hashlib, sys, pyvmdk
handle = pyvmdk.handle()
handle.open(sys.argv[1])
handle.open_extent_data_files()
digest, left = hashlib.sha256(), handle.get_media_size()
while left:
    piece = handle.read_buffer(min(left, 1 << 20))
    digest.update(piece)
    left -= len(piece)
print(digest.hexdigest(), handle.get_content_identifier(), handle.get_disk_type())
`;
