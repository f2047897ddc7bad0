import { open } from "node:fs/promises";
import type { IsoPiece } from "../plan/iso";
import { StylusError } from "../spec/errors";
import { readIsoBoot, type IsoBoot } from "../system/iso-boot";
import { readIsoPartitions } from "../system/iso-partitions";
import { listIsoFiles, type IsoFile } from "../system/iso-tree";
import { compareFiles, type ExpectedContent } from "./iso-compare";
import { tryAgain } from "./write-fault";

/** A file that was put into the ISO. */
export interface AddedFile {
  readonly path: string;
  readonly content: Buffer | (IsoPiece & { readonly file: string });
}

export interface IsoCheck {
  readonly installer: string;
  readonly added: readonly AddedFile[];
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/**
 * Reads a new ISO back: it boots wherever its installer boots, its partitions cover all that lies in it, and every file
 * is the installer's or what was added, byte for byte. Answers the SHA-256, which the same reading gives.
 */
export async function checkIso(iso: string, check: IsoCheck): Promise<string> {
  const { installer, added, signal, onProgress } = check;
  const [before, after] = [await bootOf(installer), await bootOf(iso)];
  requireSameBoot(before, after);
  const [originals, files] = [
    await listIsoFiles(installer, signal),
    await listIsoFiles(iso, signal),
  ];
  requireSameTree(originals, files, added);
  await requirePartitions(installer, iso, files, signal);
  const contents = files.map((file) => contentOf(file, { ...check, originals, after }));
  return compareFiles(iso, contents, { signal, onProgress, onDifference: damaged });
}

async function bootOf(path: string): Promise<IsoBoot> {
  const handle = await open(path, "r");
  try {
    const boot = await readIsoBoot(handle);
    if (boot === undefined) throw damaged("it is no ISO 9660 image");
    return boot;
  } finally {
    await handle.close();
  }
}

function requireSameBoot(before: IsoBoot, after: IsoBoot): void {
  const told = ({ bios, uefi, volumeLabel, modified }: IsoBoot): string =>
    [bios ? "BIOS" : "", uefi ? "UEFI" : "", volumeLabel, modified].join(" ");
  if (told(before) === told(after)) return;
  throw damaged(`it boots as "${told(after)}", and the installer as "${told(before)}"`);
}

function requireSameTree(
  originals: readonly IsoFile[],
  files: readonly IsoFile[],
  added: readonly AddedFile[],
): void {
  const there = new Set(files.map(({ path }) => path));
  const expected = new Set([...originals, ...added].map(({ path }) => path));
  const lost = [...expected].find((path) => !there.has(path));
  if (lost !== undefined) throw damaged(`${lost} is missing`);
  const foreign = [...there].find((path) => !expected.has(path));
  if (foreign !== undefined) throw damaged(`${foreign} was never put there`);
}

/** From a USB stick only what a partition covers can be read: one that ends too early boots and then fails. */
async function requirePartitions(
  installer: string,
  iso: string,
  files: readonly IsoFile[],
  signal: AbortSignal,
): Promise<void> {
  const before = await readIsoPartitions(installer, signal);
  const [first, ...others] = await readIsoPartitions(iso, signal);
  if (before.length === 0 && first === undefined) return;
  if (first === undefined) throw damaged("its partition table is gone");
  const wanted = before.find(({ type }) => type === efiPartition);
  if (wanted !== undefined && !others.some(({ type }) => type === efiPartition)) {
    throw damaged("its EFI system partition is gone");
  }
  for (const { path, offset, sizeBytes } of files) {
    const isCovered = [first, ...others].some(
      ({ start, end }) => offset >= start && offset + sizeBytes <= end,
    );
    if (!isCovered) throw damaged(`its first partition ends before ${path}`);
  }
}

const efiPartition = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";

interface Contents extends IsoCheck {
  readonly originals: readonly IsoFile[];
  readonly after: IsoBoot;
}

function contentOf(
  { path, offset, sizeBytes }: IsoFile,
  { installer, added, originals, after }: Contents,
): ExpectedContent {
  const content = added.find((file) => file.path === path)?.content;
  const at = { path, offset, sizeBytes };
  if (Buffer.isBuffer(content)) return { ...at, bytes: content };
  if (content !== undefined) {
    return { ...at, from: { file: content.file, offset: content.from, length: content.length } };
  }
  const original = originals.find((file) => file.path === path);
  const from = {
    file: installer,
    offset: original?.offset ?? 0,
    length: original?.sizeBytes ?? -1,
  };
  // A boot image is told where it lies: by El Torito's boot information table, and GRUB's own note.
  const isBootImage = after.imageOffsets.includes(offset);
  return { ...at, from, ...(isBootImage && { patched: bootImagePatches }) };
}

const bootImagePatches = [
  { start: 8, end: 64 },
  { start: 2548, end: 2556 },
];

function damaged(how: string): StylusError {
  return new StylusError("convert.failed", {
    what: `The new ISO is not what it should be: ${how}.`,
    why: "xorriso could not carry the installer's layout over, or the build host's disk is damaged.",
    next: `Check the build host's disk and xorriso's version (\`stylus-image doctor\`). ${tryAgain}`,
  });
}
