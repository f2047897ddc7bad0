import type { FileKind } from "../../plan/formats";
import type { FileEnds } from "./read";

/** Bytes of the disk in a file, holes and all, as far as its ends tell them; undefined where they do not. */
export function diskSizeIn(
  kind: FileKind,
  { head, tail, sizeBytes }: FileEnds,
): number | undefined {
  switch (kind.type) {
    case "raw":
      return kind.compression === "none" ? sizeBytes : undefined;
    case "qcow2":
      return Number(head.readBigUInt64BE(24));
    case "vmdk":
      return Number(head.readBigUInt64LE(12)) * 512;
    case "vhd":
      return Number(tail.readBigUInt64BE(48));
    case "ova":
    case "gce":
    case "containerdisk":
    case "iso":
    case "seed":
      return undefined;
  }
}
