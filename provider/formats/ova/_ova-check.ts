import { ovaNames } from "../../plan/ovf/document";
import { archiveReader, expectSame, type KnownContent, type Place } from "../archive-check";

export interface OvaFacts {
  /** Where the VMDK lies; with its SHA-256 where it was read back already, so that it is not read again. */
  readonly disk: Place | KnownContent;
  /** Virtual size of the disk in bytes. */
  readonly capacity: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Reads an OVA back with tar and qemu-img, neither of which wrote it, and compares what it says of itself. */
export async function checkOva(ova: string, facts: OvaFacts): Promise<void> {
  const { disk, capacity, signal, onProgress } = facts;
  const archive = archiveReader(ova, signal);
  const [ovf, manifest, vmdk, ...others] = await archive.files();
  const names = [ovf, manifest, vmdk, ...others].map((file) => file?.name);
  expectSame(names, Object.values(ovaNames), "its list of files");
  if (ovf === undefined || vmdk === undefined) return;
  expectSame([vmdk.start, vmdk.length], [disk.start, disk.length], "the place of its disk's file");
  const told = (done: number) => onProgress(done / disk.length);
  const content = "sha256" in disk ? disk.sha256 : await archive.digest(vmdk, told);
  const lines = [
    `SHA256(${ovaNames.ovf})= ${await archive.digest(ovf)}\n`,
    `SHA256(${ovaNames.disk})= ${content}\n`,
  ];
  expectSame(await archive.text(ovaNames.manifest), lines.join(""), "its manifest");
  expectSame(await archive.diskSize("vmdk", disk), capacity, "the capacity of its disk");
}
