import { createHash, hash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { tarEnd, tarHeader, tarPadding } from "../../base/tar";
import { ovaNames, ovfDocument } from "../../plan/ovf/document";
import type { FormatOf } from "../../schema/formats";
import { hashFile } from "../../system/files/hash";
import { type KnownContent, type ByteRange, archiveReader, expectSame } from "../archive-check";
import type { ConvertContext, Converted, Material } from "../format";
import { writeAndReadBack } from "../read-back";
import { copyChunks } from "../source-chunks";
import { populatedBytes } from "../populated-bytes";
import { writeError } from "../write-error";

/** The VMDK inside an OVA. */
interface OvaDisk {
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * All bytes of an OVA in front of the disk's content: the OVF first, as readers that stream an OVA
 * require, then the manifest, then the tar header of the disk.
 */
export function ovaHead(ovf: string, { size, sha256 }: OvaDisk): Buffer {
  const document = Buffer.from(ovf, "utf8");
  const manifest = Buffer.from(
    manifestLine(ovaNames.ovf, hash("sha256", document)) + manifestLine(ovaNames.disk, sha256),
    "latin1",
  );
  return Buffer.concat([
    ...entry(ovaNames.ovf, document),
    ...entry(ovaNames.manifest, manifest),
    header(ovaNames.disk, size),
  ]);
}

/** No other spelling: some products reject other spaces or names of the digest. */
function manifestLine(name: string, sha256: string): string {
  return `SHA256(${name})= ${sha256}\n`;
}

function entry(name: string, content: Buffer): Buffer[] {
  return [header(name, content.length), content, tarPadding(content.length)];
}

function header(name: string, size: number): Buffer {
  return tarHeader({ name, size, mode: 0o644, uid: 0, gid: 0 });
}

interface OvaFacts {
  /** Position of the VMDK, with its SHA-256 if it was already read back. */
  readonly disk: ByteRange | KnownContent;
  /** Virtual size of the disk in bytes. */
  readonly capacity: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/**
 * Reads an OVA back through tar and qemu-img, which are independent of this code, and checks its
 * own description.
 */
export async function checkOva(ova: string, facts: OvaFacts): Promise<void> {
  const { disk, capacity, signal, onProgress } = facts;
  const archive = archiveReader(ova, signal);
  const [ovf, manifest, vmdk, ...others] = await archive.files();
  const names = [ovf, manifest, vmdk, ...others].map((file) => file?.name);
  expectSame(names, Object.values(ovaNames), "its list of files");
  if (ovf === undefined || vmdk === undefined) return;
  expectSame([vmdk.start, vmdk.length], [disk.start, disk.length], "the place of its disk's file");
  const onBytes = (done: number) => onProgress(done / disk.length);
  const content = "sha256" in disk ? disk.sha256 : await archive.digest(vmdk, onBytes);
  const lines = [
    `SHA256(${ovaNames.ovf})= ${await archive.digest(ovf)}\n`,
    `SHA256(${ovaNames.disk})= ${content}\n`,
  ];
  expectSame(await archive.text(ovaNames.manifest), lines.join(""), "its manifest");
  expectSame(await archive.diskSize("vmdk", disk), capacity, "the capacity of its disk");
}

const sector = 512;
/**
 * Progress in percent when the OVA is written and its disk read back. The rest of the check is
 * short.
 */
const written = 95;

/** Wraps the existing VMDK in an OVA for vSphere. Nothing is compressed again. */
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
    throw writeError(thrown, output, signal);
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

/** The manifest precedes the disk, so the VMDK's SHA-256 is needed first. */
async function describe(
  { path, sha256 }: NonNullable<Material["source"]>,
  signal: AbortSignal,
): Promise<Vmdk> {
  const { size } = await stat(path);
  const quiet = { signal, onProgress: () => undefined };
  return { path, size, sha256: sha256 ?? (await hashFile(path, quiet)) };
}

/**
 * Copies the VMDK in one pass: it is read back, its SHA-256 is compared, and the OVA's SHA-256 is
 * taken.
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
