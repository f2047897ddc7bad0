import { open } from "node:fs/promises";
import type { FileKind } from "../../plan/formats";
import { readAt, type FileEnds } from "./read";

/**
 * The reason why a disk image is not complete in itself: it needs other files that would not be
 * published.
 */
export async function integrityProblem(
  path: string,
  kind: FileKind,
  ends: FileEnds,
): Promise<string | undefined> {
  switch (kind.type) {
    case "qcow2":
      return qcow2Problem(ends.head);
    case "vmdk":
      return vmdkProblem(path, ends.head);
    case "vhd":
      return vhdProblem(ends.tail);
    case "raw":
      return kind.compression === "none" && ends.sizeBytes % sector !== 0
        ? `is no raw disk: its ${ends.sizeBytes} bytes are not whole sectors of ${sector}`
        : undefined;
    case "ova":
    case "gce":
    case "containerdisk":
    case "iso":
    case "seed":
      return undefined;
  }
}

const sector = 512;
const joinFirst = "join them first (`qemu-img convert`)";
/** Bit 2 of the incompatible features, in version 3 and later. */
const externalData = 4n;

function qcow2Problem(head: Buffer): string | undefined {
  if (head.length < 104) return "is cut off in its header";
  if (head.readBigUInt64BE(8) !== 0n) {
    const [at, length] = [Number(head.readBigUInt64BE(8)), head.readUInt32BE(16)];
    return `is an overlay of ${head.toString("utf8", at, at + length)}; ${joinFirst}`;
  }
  const hasFeatures = head.readUInt32BE(4) >= 3;
  if (hasFeatures && (head.readBigUInt64BE(72) & externalData) !== 0n) {
    return `keeps its data in another file; ${joinFirst}`;
  }
  return undefined;
}

const mostDescriptor = 64 * 1024;

/** The embedded descriptor of a sparse VMDK names its parent. */
async function vmdkProblem(path: string, head: Buffer): Promise<string | undefined> {
  if (head.length < sector) return "is cut off in its header";
  const [start, length] = [head.readBigUInt64LE(28), head.readBigUInt64LE(36)];
  const bytes = Math.min(Number(length) * sector, mostDescriptor);
  const file = await open(path, "r");
  try {
    const descriptor = (await readAt(file, Number(start) * sector, bytes)).toString("latin1");
    const parent = /^parentCID\s*=\s*([0-9a-f]+)/im.exec(descriptor)?.[1];
    const isWhole = parent === undefined || parent.toLowerCase() === "ffffffff";
    return isWhole ? undefined : `is a snapshot that stands on another VMDK; ${joinFirst}`;
  } finally {
    await file.close();
  }
}

function vhdProblem(tail: Buffer): string | undefined {
  if (tail.toString("latin1", 0, 8) !== "conectix") return "is cut off: its footer is missing";
  const differencing = 4;
  return tail.readUInt32BE(60) === differencing
    ? `is a difference to another VHD; ${joinFirst}`
    : undefined;
}
