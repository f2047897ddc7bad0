import { createHash } from "node:crypto";
import { open, readdir, readFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { GiB, MiB } from "../../provider/base/size";
import { randomNumbers } from "../support/random-numbers";

/** The base disk of the benchmarks: sparse, and as compressible as an installed system. */
export const baseDisk = { sizeBytes: 100 * GiB, partBytes: 250 * MiB, seed: 20_260_801 };

/**
 * Equal parts of random bytes, text, and files of an installed system (this one's), in pieces of one MiB spread over
 * the disk.
 */
export async function makeBaseDisk(path: string): Promise<void> {
  const random = randomNumbers(baseDisk.seed);
  const disk = await open(path, "w");
  try {
    await disk.truncate(baseDisk.sizeBytes);
    const pieces = baseDisk.partBytes / MiB;
    const system = systemFiles();
    for (let piece = 0; piece < pieces; piece += 1) {
      const kinds = [randomBytes(random), textBytes(random), await nextMiB(system)];
      for (const bytes of kinds) await place(disk, bytes, random);
    }
  } finally {
    await disk.close();
  }
}

async function place(disk: FileHandle, bytes: Buffer, random: () => number): Promise<void> {
  const places = baseDisk.sizeBytes / MiB;
  await disk.write(bytes, 0, bytes.length, Math.floor(random() * places) * MiB);
}

function randomBytes(random: () => number): Buffer {
  const bytes = Buffer.alloc(MiB);
  for (let at = 0; at < MiB; at += 32) {
    createHash("sha256").update(String(random())).digest().copy(bytes, at);
  }
  return bytes;
}

const words =
  "a an the disk image install machine kernel edge cluster node boots and reads from of to in with network address token unit service file log error started stopped failed active inactive mounted journal systemd kubelet containerd".split(
    " ",
  );

function textBytes(random: () => number): Buffer {
  const text: string[] = [];
  for (let length = 0; length < MiB;) {
    const word = words[Math.floor(random() ** 2 * words.length)] ?? "";
    const next = random() < 0.1 ? `${word} ${Math.floor(random() * 1e6)}\n` : `${word} `;
    text.push(next);
    length += next.length;
  }
  return Buffer.from(text.join("")).subarray(0, MiB);
}

/** Programs and libraries of this machine in the order of their names, repeated as needed. */
async function* systemFiles(): AsyncGenerator<Buffer> {
  for (;;) {
    for (const folder of ["/usr/bin", "/usr/lib/x86_64-linux-gnu"]) {
      for (const entry of (await readdir(folder, { withFileTypes: true })).sort(byName)) {
        if (entry.isFile()) yield await readFile(join(folder, entry.name));
      }
    }
  }
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

/** The last partial block of a file is left out, to limit memory. */
async function nextMiB(files: AsyncGenerator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let length = 0; length < MiB;) {
    const next: IteratorResult<Buffer, unknown> = await files.next();
    if (next.done === true) break;
    const bytes = next.value.subarray(0, MiB - length);
    parts.push(bytes);
    length += bytes.length;
  }
  return Buffer.concat(parts);
}
