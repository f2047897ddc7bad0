import type { FileHandle } from "node:fs/promises";

export const sectorSize = 2048;

export interface IsoBoot {
  readonly volumeLabel: string;
  /** Time of its last change, from the volume descriptor: 16 digits, to the hundredth of a second. */
  readonly modified: string;
  /** Minimum size of the file, from the volume descriptor. */
  readonly volumeBytes: number;
  readonly bios: boolean;
  readonly uefi: boolean;
  /** Offsets of the El Torito boot images for BIOS. */
  readonly biosImageOffsets: readonly number[];
  /** Offset of the EFI boot image (a FAT file system), for mtools. */
  readonly efiImageOffset?: number | undefined;
}

/** Reads the primary volume descriptor and the El Torito catalogue; undefined if it is not an ISO 9660 image. */
export async function readIsoBoot(handle: FileHandle): Promise<IsoBoot | undefined> {
  const primary = await readSector(handle, 16);
  if (primary.length < sectorSize || !isDescriptor(primary, 1)) return undefined;
  const images = (await readCatalogue(handle)).filter(({ bootable }) => bootable);
  const biosImages = images.filter(({ platform }) => platform === biosPlatform);
  const efi = images.find(({ platform }) => platform === efiPlatform);
  return {
    volumeLabel: primary.toString("latin1", 40, 72).trimEnd(),
    modified: primary.toString("latin1", 830, 846),
    volumeBytes: primary.readUInt32LE(80) * sectorSize,
    bios: biosImages.length > 0,
    uefi: efi !== undefined,
    biosImageOffsets: biosImages.map(({ sector }) => sector * sectorSize),
    efiImageOffset: efi === undefined ? undefined : efi.sector * sectorSize,
  };
}

const biosPlatform = 0x00;
const efiPlatform = 0xef;

interface BootImage {
  readonly platform: number;
  readonly bootable: boolean;
  readonly sector: number;
}

/** The boot images of El Torito (its specification 1.0, sections 2.1 to 2.4), in catalogue order. */
async function readCatalogue(handle: FileHandle): Promise<readonly BootImage[]> {
  const record = await readSector(handle, 17);
  const marked = record.toString("latin1", 7, 30) === "EL TORITO SPECIFICATION";
  if (record.length < sectorSize || !isDescriptor(record, 0) || !marked) return [];
  const catalogue = await readSector(handle, record.readUInt32LE(0x47));
  const entries: Buffer[] = [];
  for (let at = 0; at + 32 <= catalogue.length; at += 32) {
    entries.push(catalogue.subarray(at, at + 32));
  }
  const [validation, first, ...rest] = entries;
  if (validation?.[0] !== 1 || first === undefined) return [];
  const images = [bootImage(first, validation[1] ?? 0)];
  let platform = 0;
  let left = 0;
  for (const entry of rest) {
    if (left > 0) {
      // 0x44: selection criteria of the entry before it, which are not counted.
      if (entry[0] === 0x44) continue;
      images.push(bootImage(entry, platform));
      left -= 1;
    } else if (entry[0] === 0x90 || entry[0] === 0x91) {
      platform = entry[1] ?? 0;
      left = entry.readUInt16LE(2);
    } else break;
  }
  return images;
}

function bootImage(entry: Buffer, platform: number): BootImage {
  return { platform, bootable: entry[0] === 0x88, sector: entry.readUInt32LE(8) };
}

function isDescriptor(sector: Buffer, type: number): boolean {
  return sector[0] === type && sector.toString("latin1", 1, 6) === "CD001";
}

async function readSector(handle: FileHandle, number: number): Promise<Buffer> {
  const buffer = Buffer.alloc(sectorSize);
  const { bytesRead } = await handle.read(buffer, 0, sectorSize, number * sectorSize);
  return buffer.subarray(0, bytesRead);
}
