import type { FileHandle } from "node:fs/promises";
import { StylusError } from "./errors";

const block = 512;

/** Position of a file's content in an archive, in bytes. */
export interface TarMember {
  readonly start: number;
  readonly size: number;
}

/** Lists the plain files of a tar archive. Reads only the headers. */
export async function readTar(file: FileHandle, path: string): Promise<Map<string, TarMember>> {
  const members = new Map<string, TarMember>();
  const header = Buffer.alloc(block);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(header, 0, block, position);
    if (bytesRead < block || header.every((byte) => byte === 0)) return members;
    if (header.toString("latin1", 257, 262) !== "ustar") throw noArchive(path);
    const size = sizeIn(header.subarray(124, 136));
    if (!Number.isSafeInteger(size) || size < 0) throw noArchive(path);
    const type = header.toString("latin1", 156, 157);
    const start = position + block;
    if (type === "0" || type === "\0") members.set(nameIn(header), { start, size });
    position = start + block * Math.ceil(size / block);
  }
}

function nameIn(header: Buffer): string {
  const name = header.toString("utf8", 0, 100);
  const end = name.indexOf("\0");
  return end === -1 ? name : name.slice(0, end);
}

/** Octal digits, or (from 8 GiB on) a big-endian number after a marker bit. */
function sizeIn(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4));
  return Number.parseInt(field.toString("latin1").replace(/\0.*$/s, "").trim(), 8);
}

function noArchive(path: string): StylusError {
  return new StylusError("publish.failed", {
    what: `${path} is not a tar archive of a container image.`,
    next: "Nothing was published. Run the build again: it creates the file anew.",
  });
}
