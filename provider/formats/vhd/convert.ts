import { open, stat } from "node:fs/promises";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { GiB, MiB } from "../../base/size";
import { hashFile } from "../../system/files/hash";
import { run } from "../../system/process/run";
import type { ConvertContext, Converted } from "../format";
import { readOptions } from "../stream/read-options";
import { copySparse } from "../stream/expand";
import { writeWhole } from "../../system/files/append";
import { tryAgain, writeError } from "../write-error";

const sectorSize = 512;

/**
 * The footer of a fixed VHD (Microsoft's "Virtual Hard Disk Image Format Specification" 1.0). Its
 * time is 0 (2000-01-01) and its UUID is derived from the content, so that the same disk always has
 * the same footer.
 */
export function vhdFooter(size: number, contentDigest: string): Buffer {
  const footer = Buffer.alloc(sectorSize);
  footer.write("conectix", 0, "latin1");
  // Features: the reserved bit, always set. Version 1.0. No data offset: a fixed disk has no
  // further header.
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x0001_0000, 12);
  footer.fill(0xff, 16, 24);
  // Readers derive the size from the geometry, which rarely fits, unless they know that the creator
  // means the size field (QEMU's block/vpc.c). All of them know Hyper-V, here of Windows 10.
  footer.write("win ", 28, "latin1");
  footer.writeUInt32BE(0x000a_0000, 32);
  footer.write("Wi2k", 36, "latin1");
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  const { cylinders, heads, sectors } = geometry(size);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  // Disk type: fixed.
  footer.writeUInt32BE(2, 60);
  uuidFrom(contentDigest).copy(footer, 68);
  footer.writeUInt32BE(footerChecksum(footer), 64);
  return footer;
}

/** One's complement of the sum of all bytes, except for the checksum's own four. */
export function footerChecksum(footer: Buffer): number {
  let sum = 0;
  for (const [at, byte] of footer.entries()) if (at < 64 || at >= 68) sum += byte;
  return ~sum >>> 0;
}

/** A UUID of version 8 (RFC 9562): custom bits. */
function uuidFrom(contentDigest: string): Buffer {
  const uuid = Buffer.from(contentDigest.slice(0, 32), "hex");
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x80, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuid;
}

/** The geometry for a size, by the appendix of the specification. */
export function geometry(size: number) {
  const total = Math.min(size / sectorSize, 65535 * 16 * 255);
  if (total >= 65535 * 16 * 63) return shape(total, 16, 255);
  const heads = Math.max(4, Math.ceil(Math.floor(total / 17) / 1024));
  if (heads <= 16 && Math.floor(total / 17) < heads * 1024) return shape(total, heads, 17);
  if (Math.floor(total / 31) < 16 * 1024) return shape(total, 16, 31);
  return shape(total, 16, 63);
}

function shape(total: number, heads: number, sectors: number) {
  return { cylinders: Math.floor(Math.floor(total / sectors) / heads), heads, sectors };
}

/** Largest VHD, 2040 GiB. Azure's limit for this kind of data disk is the same. */
const largest = 2040 * GiB;

/**
 * Writes the disk with a VHD footer behind it. The size is whole MiB, as Azure requires. The file
 * is as sparse as the disk.
 */
export async function convertToVhd(disk: string, context: ConvertContext): Promise<Converted> {
  const { output, signal } = context;
  try {
    const { size } = await stat(disk);
    requireFitting(size);
    await copySparse(disk, output, signal);
    const footer = vhdFooter(size, context.contentDigest);
    const file = await open(output, "r+");
    try {
      await writeWhole(file, footer, size);
    } finally {
      await file.close();
    }
    await check(disk, output, size, signal);
  } catch (thrown) {
    throw writeError(thrown, output, signal);
  }
  // Hashing 100 GiB of holes takes a minute, so the hash is taken only if a target needs it.
  if (!context.remote) return { path: output, sha256: undefined };
  return { path: output, sha256: await hashFile(output, readOptions(context)) };
}

function requireFitting(size: number): void {
  if (size > 0 && size % MiB === 0 && size <= largest) return;
  throw new StylusError("input.invalid", {
    what: `A disk of ${size} bytes cannot become a VHD.`,
    why: "A VHD has at most 2040 GiB, and Azure accepts whole MiB only.",
    next: "Use a disk of whole MiB and at most 2040 GiB, or leave out this format.",
  });
}

const infoSchema = z.object({ "virtual-size": z.number() });

async function check(
  disk: string,
  output: string,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const failure = { signal, code: "convert.failed", next: tryAgain } as const;
  const info = await run("qemu-img", ["info", "-f", "vpc", "--output=json", output], failure);
  const virtualSize = infoSchema.parse(JSON.parse(info.stdout))["virtual-size"];
  const footer = await lastSector(output);
  const checksum = footer.readUInt32BE(64);
  if (virtualSize !== size || checksum !== footerChecksum(footer)) {
    throw new StylusError("convert.failed", {
      what: `${output} was written, but reads as a disk of ${virtualSize} bytes instead of ${size}, or with a damaged footer.`,
      next: tryAgain,
    });
  }
  const args = ["compare", "-q", "-f", "raw", "-F", "vpc", disk, output];
  await run("qemu-img", args, failure);
}

async function lastSector(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(sectorSize), 0, sectorSize, size - sectorSize);
    return buffer;
  } finally {
    await file.close();
  }
}
