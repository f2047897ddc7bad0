import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { ovfDocument } from "../plan/ovf";
import { StylusError } from "../spec/errors";
import type { FormatOf } from "../spec/format-spec";
import { MiB } from "../spec/size";
import { blockChunks } from "../system/extents";
import { readChunks } from "../system/extents-read";
import { hashFile } from "../system/hash-file";
import type { ConvertContext, Converted, Material } from "./format";
import { ovaHead } from "./ova-archive";
import { checkOva } from "./ova-check";
import { populatedBytes } from "./ova-populated";
import { tarEnd, tarPadding } from "./tar-header";
import { tryAgain, writeFault } from "./write-fault";

const sector = 512;
/** Percent of the way at which all is written and reading back begins. */
const written = 60;

/** A virtual machine for vSphere: the VMDK that is there, behind its description. Nothing is compressed anew. */
export async function convertToOva(
  { disk, source }: Material,
  format: FormatOf<"ova">,
  context: ConvertContext,
): Promise<Converted> {
  const { output, signal, onProgress } = context;
  const vmdk = await describe(source, signal);
  const capacity = sector * Math.ceil((await stat(disk)).size / sector);
  const populated = await populatedBytes(disk, signal);
  const head = ovaHead(ovfDocument(format, { fileSize: vmdk.fileSize, capacity, populated }), vmdk);
  const sha256 = await write(head, vmdk, context).catch((thrown: unknown) => {
    throw writeFault(thrown, output, signal);
  });
  await checkOva(output, {
    diskStart: head.length,
    diskSize: vmdk.fileSize,
    capacity,
    signal,
    onProgress: (share) => onProgress(written + (100 - written) * share),
  });
  return { path: output, sha256 };
}

interface Vmdk {
  readonly path: string;
  readonly fileSize: number;
  readonly sha256: string;
}

async function describe(source: Material["source"], signal: AbortSignal): Promise<Vmdk> {
  if (source === undefined) throw new Error("an OVA is made from a VMDK");
  const { path } = source;
  const sha256 = source.sha256 ?? (await hashFile(path, { signal, onProgress: () => undefined }));
  return { path, sha256, fileSize: (await stat(path)).size };
}

/** Copies the VMDK through in one pass, on which the OVA's SHA-256 is taken and the VMDK's compared. */
async function write(head: Buffer, vmdk: Vmdk, context: ConvertContext): Promise<string> {
  const { output, signal, onProgress } = context;
  await using from = await open(vmdk.path, "r");
  await using to = await open(output, "wx");
  const archive = createHash("sha256").update(head);
  const disk = createHash("sha256");
  await to.appendFile(head);
  const layout = { blockSize: sector, chunkSize: 4 * MiB, fileSize: vmdk.fileSize };
  const chunks = blockChunks([{ start: 0, length: vmdk.fileSize }], layout);
  for await (const { start, bytes } of readChunks(from, chunks, signal)) {
    await to.appendFile(bytes);
    archive.update(bytes);
    disk.update(bytes);
    onProgress((written * (start + bytes.length)) / vmdk.fileSize);
  }
  if (disk.digest("hex") !== vmdk.sha256) throw changed(vmdk);
  const end = Buffer.concat([tarPadding(vmdk.fileSize), tarEnd]);
  await to.appendFile(end);
  return archive.update(end).digest("hex");
}

function changed({ path }: Vmdk): StylusError {
  return new StylusError("convert.failed", {
    what: `${path} is not the VMDK that was made: its SHA-256 differs.`,
    why: "It was changed after it was made, or the build host's disk or memory gave back other bytes.",
    next: `Check the build host's disk and its log (\`dmesg\`). ${tryAgain}`,
  });
}
