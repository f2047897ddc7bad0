import { open, stat } from "node:fs/promises";
import { z } from "zod";
import { StylusError } from "../../base/errors";
import { GiB, MiB } from "../../base/size";
import { hashFile } from "../../system/files/hash";
import { run } from "../../system/process/run";
import type { ConvertContext, Converted } from "../format";
import { reading } from "../raw/convert";
import { copySparse } from "../raw/expand";
import { writeWhole } from "../raw/write";
import { footerChecksum, sectorSize, vhdFooter } from "./_vhd-footer";
import { tryAgain, writeFault } from "../write-fault";

/** What a VHD can hold (2040 GiB), which is also what Azure takes for a data disk of that kind. */
const largest = 2040 * GiB;

/** The disk and a footer behind it, of whole MiB as Azure wants it; as sparse as the disk. */
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
    throw writeFault(thrown, output, signal);
  }
  // Hashing 100 GiB of holes takes a minute, so only where a target needs it.
  if (!context.remote) return { path: output, sha256: undefined };
  return { path: output, sha256: await hashFile(output, reading(context)) };
}

function requireFitting(size: number): void {
  if (size > 0 && size % MiB === 0 && size <= largest) return;
  throw new StylusError("input.invalid", {
    what: `The disk is ${size} bytes long, which is no size for a VHD.`,
    why: "A VHD holds at most 2040 GiB, and Azure takes whole MiB only.",
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
