import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { ovfDocument } from "../../plan/ovf/document";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import type { ConvertContext, Converted, Material } from "../format";
import { ovaHead, type OvaDisk } from "./_ova-archive";
import { checkOva } from "./_ova-check";
import { writeAndReadBack } from "../read-back";
import { copyChunks } from "../source-chunks";
import { tarEnd, tarPadding } from "../../base/tar";
import { populatedBytes } from "../vmdk/populated";
import { writeFault } from "../write-fault";

const sector = 512;
/** Percent of the way at which all is written, and the disk read back; the rest of the check is short. */
const written = 95;

/** A virtual machine for vSphere: the VMDK that is there, behind its description. Nothing is compressed anew. */
export async function convertToOva(
  { disk, source }: Material,
  format: FormatOf<"ova">,
  context: ConvertContext,
): Promise<Converted> {
  if (source === undefined) throw new Error("an OVA is made from a VMDK");
  const { output, signal, onProgress } = context;
  const vmdk = await describe(source, signal);
  const { size } = await stat(disk);
  const capacity = sector * Math.ceil(size / sector);
  const populated = await populatedBytes(vmdk.path, size);
  const head = ovaHead(ovfDocument(format, { fileSize: vmdk.size, capacity, populated }), vmdk);
  const sha256 = await write(head, vmdk, context).catch((thrown: unknown) => {
    throw writeFault(thrown, output, signal);
  });
  await checkOva(output, {
    disk: { start: head.length, length: vmdk.size, sha256: vmdk.sha256 },
    capacity,
    signal,
    onProgress: (share) => onProgress(written + (100 - written) * share),
  });
  return { path: output, sha256 };
}

interface Vmdk extends OvaDisk {
  readonly path: string;
}

/** The manifest stands before the disk, so the VMDK's SHA-256 has to be known first. */
async function describe(
  { path, sha256 }: NonNullable<Material["source"]>,
  signal: AbortSignal,
): Promise<Vmdk> {
  const { size } = await stat(path);
  const quiet = { signal, onProgress: () => undefined };
  return { path, size, sha256: sha256 ?? (await hashFile(path, quiet)) };
}

/**
 * Copies the VMDK through in one pass, on which it is read back, the OVA's SHA-256 is taken and the
 * VMDK's compared.
 */
async function write(head: Buffer, vmdk: Vmdk, context: ConvertContext): Promise<string> {
  const { output, signal, onProgress } = context;
  const file = await open(output, "wx+", 0o600);
  try {
    const digest = createHash("sha256").update(head);
    await writeAndReadBack(file, head, 0);
    for await (const { start, bytes } of copyChunks(vmdk, file, { offset: head.length, signal })) {
      digest.update(bytes);
      onProgress((written * (start + bytes.length)) / vmdk.size);
    }
    const end = Buffer.concat([tarPadding(vmdk.size), tarEnd]);
    await writeAndReadBack(file, end, head.length + vmdk.size);
    return digest.update(end).digest("hex");
  } finally {
    await file.close();
  }
}
