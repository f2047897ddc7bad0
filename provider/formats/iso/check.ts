import type { IsoPiece } from "../../plan/iso/layout";
import { listIsoFiles, type IsoFile } from "../../system/iso/tree";
import { compareFiles, type ExpectedContent } from "./compare";
import { bootContents, damaged, readLayout, requireCovered, requireSameLayout } from "./layout";

/** A file that was added to the ISO. */
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
 * Reads a new ISO back. It must boot wherever its installer boots, its partitions must cover all
 * files, and boot code, EFI system partition and every file must equal the installer's or the added
 * bytes. Returns the SHA-256 of the ISO, taken in the same pass.
 */
export async function checkIso(iso: string, check: IsoCheck): Promise<string> {
  const { installer, added, signal, onProgress } = check;
  const [before, after] = [await readLayout(installer, signal), await readLayout(iso, signal)];
  requireSameLayout(before, after);
  const [originals, files] = [
    await listIsoFiles(installer, signal),
    await listIsoFiles(iso, signal),
  ];
  requireSameTree(originals, files, added);
  requireCovered(after, files);
  const biosImages = after.boot.biosImageOffsets;
  const contents = [
    ...bootContents(before, after),
    ...files.map((file) => contentOf(file, { installer, added, originals, biosImages })),
  ];
  return compareFiles(iso, contents, { signal, onProgress, onDifference: damaged });
}

function requireSameTree(
  originals: readonly IsoFile[],
  files: readonly IsoFile[],
  added: readonly AddedFile[],
): void {
  const present = new Set(files.map(({ path }) => path));
  const expected = new Set([...originals, ...added].map(({ path }) => path));
  const lost = [...expected].find((path) => !present.has(path));
  if (lost !== undefined) throw damaged(`${lost} is missing`);
  const foreign = [...present].find((path) => !expected.has(path));
  if (foreign !== undefined)
    throw damaged(`${foreign} belongs neither to the installer nor to the added files`);
}

interface Contents extends Pick<IsoCheck, "installer" | "added"> {
  readonly originals: readonly IsoFile[];
  readonly biosImages: readonly number[];
}

function contentOf(
  { path, offset, sizeBytes }: IsoFile,
  { installer, added, originals, biosImages }: Contents,
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
  // xorriso writes the position of a BIOS boot image into it: El Torito's boot information table,
  // and GRUB's own field.
  return { ...at, from, ...(biosImages.includes(offset) && { patched: bootImagePatches }) };
}

const bootImagePatches = [
  { start: 8, end: 64 },
  { start: 2548, end: 2556 },
];
