import { ovaNames } from "../plan/ovf";
import { archiveReader, expectSame, type Place } from "./archive-check";

export interface OvaFacts {
  /** Where the VMDK lies. */
  readonly disk: Place;
  /** Virtual size of the disk in bytes. */
  readonly capacity: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Reads an OVA back with tar and qemu-img, neither of which wrote it, and compares what it says of itself. */
export async function checkOva(ova: string, facts: OvaFacts): Promise<void> {
  const { disk, capacity, signal, onProgress } = facts;
  const archive = archiveReader(ova, signal);
  expectSame(await archive.names(), Object.values(ovaNames), "its list of files");
  const ovf = await archive.digest(ovaNames.ovf);
  const vmdk = await archive.digest(ovaNames.disk, (done) => onProgress(done / disk.length));
  const lines = [
    `SHA256(${ovaNames.ovf})= ${ovf.sha256}\n`,
    `SHA256(${ovaNames.disk})= ${vmdk.sha256}\n`,
  ];
  expectSame(await archive.text(ovaNames.manifest), lines.join(""), "its manifest");
  expectSame(vmdk.size, disk.length, "the size of its disk's file");
  expectSame(await archive.diskSize("vmdk", disk), capacity, "the capacity of its disk");
}
