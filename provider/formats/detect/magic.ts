import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { MiB } from "../../base/size";
import { readTar } from "../../base/tar-read";
import type { FileKind } from "../../plan/formats";
import { type FileEnds, readBeginning } from "./read";

/**
 * The first member of an OVA is its descriptor. A container image has the files of an OCI layout.
 */
async function archiveKind(
  path: string,
  head: Buffer,
): Promise<{ readonly kind: FileKind } | { readonly problem: string }> {
  const first = head.toString("utf8", 0, 100).replace(/\0.*$/s, "");
  if (/\.ovf$/i.test(first)) return { kind: { type: "ova" } };
  const file = await open(path, "r");
  try {
    const members = await readTar(file, path);
    if (members.has("oci-layout") && members.has("index.json")) {
      return { kind: { type: "containerdisk" } };
    }
    return members.has("manifest.json")
      ? {
          problem:
            "is an archive as `docker save` once wrote it; `skopeo copy docker-archive:... oci-archive:...` makes one that registries keep",
        }
      : { problem: "is an archive, but neither an OVA (its .ovf comes first) nor an OCI image" };
  } catch {
    return { problem: "is a tar archive that is damaged" };
  } finally {
    await file.close();
  }
}

/** The format by a file's bytes. */
export interface ContentFormat {
  /** Known by its magic number, or by the boot sector of a raw disk. */
  readonly kind?: FileKind;
  /** Why the file cannot be used, unless the user says that it is a raw disk. */
  readonly problem?: string;
}

export async function formatOfContent(
  path: string,
  { head, tail }: FileEnds,
): Promise<ContentFormat> {
  const useless = unsupportedKinds.find(({ isIt }) => isIt(head));
  if (useless !== undefined) return { problem: useless.problem };
  if (text(head, 0x8001, 5) === "CD001") return { kind: { type: "iso" } };
  if (text(head, 0, 4) === "QFI\u00fb") return { kind: { type: "qcow2" } };
  if (text(head, 0, 4) === "KDMV") return { kind: { type: "vmdk" } };
  if (text(head, 257, 5) === "ustar") return archiveKind(path, head);
  // A dynamic VHD has a copy of its footer at the beginning.
  if ([head, tail].some((end) => text(end, 0, 8) === "conectix")) return { kind: { type: "vhd" } };
  if (text(head, 0, 2) === "\u001f\u008b") return formatOfCompressed(path, "gzip");
  if (text(head, 0, 4) === "\u0028\u00b5\u002f\u00fd") return formatOfCompressed(path, "zstd");
  return hasBootSector(head) ? { kind: { type: "raw", compression: "none" } } : {};
}

/**
 * A compressed raw disk, or Google Cloud's archive of one. No reader takes another image inside a
 * compressed file.
 */
async function formatOfCompressed(
  path: string,
  compression: "gzip" | "zstd",
): Promise<ContentFormat> {
  const file = createReadStream(path, { end: MiB });
  const unpack = compression === "gzip" ? createGunzip() : createZstdDecompress();
  const head = await readBeginning(pipeline(file, unpack, () => undefined));
  if (compression === "gzip" && text(head, 257, 5) === "ustar") {
    return text(head, 0, 9) === "disk.raw\0"
      ? { kind: { type: "gce" } }
      : { problem: "is a compressed archive that does not begin with `disk.raw`" };
  }
  const kind: FileKind = { type: "raw", compression };
  if (hasBootSector(head)) return { kind };
  const isImage = ["QFI\u00fb", "KDMV", "conectix"].some((it) => text(head, 0, it.length) === it);
  return isImage
    ? { problem: `holds another image, compressed with ${compression}; unpack it first` }
    : { kind, problem: `holds no disk that can be recognised, compressed with ${compression}` };
}

/** A GPT disk has this signature in its first sector, too. */
function hasBootSector(head: Buffer): boolean {
  return head.length >= 512 && head.readUInt16BE(510) === 0x55aa;
}

const unsupportedKinds: readonly {
  readonly isIt: (head: Buffer) => boolean;
  readonly problem: string;
}[] = [
  {
    isIt: (head) => text(head, 0, 6) === "\u00fd7zXZ\0",
    problem: "is compressed with xz, which no reader of images takes; unpack it first",
  },
  {
    isIt: (head) => text(head, 0, 4) === "COWD" || text(head, 0, 20) === "# Disk DescriptorFil",
    problem: "is a part of a VMDK of several files; make one of it (`stylus-image convert`)",
  },
  {
    isIt: (head) => text(head, 0, 8) === "vhdxfile",
    problem: "is a VHDX, which is none of the formats; convert it (`qemu-img convert -O qcow2`)",
  },
  {
    isIt: (head) => head.length >= 0x44 && head.readUInt32LE(0x40) === 0xbeda107f,
    problem: "is a VDI, which is none of the formats; convert it (`qemu-img convert -O qcow2`)",
  },
];

function text(bytes: Buffer, at: number, length: number): string {
  return bytes.toString("latin1", at, at + length);
}
