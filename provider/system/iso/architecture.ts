import type { FileHandle } from "node:fs/promises";
import {
  type Architecture,
  loaderArchitecture,
  programArchitecture,
  programHeadBytes,
} from "../architecture";
import { listFat } from "../disk/fat";
import type { IsoBoot } from "./boot";
import type { IsoFile } from "./tree";

/** A program of the ISO and the architecture that it is for. */
export interface IsoProgram {
  readonly path: string;
  readonly architecture: Architecture;
}

/** What tells for which machines an installer is. An El Torito image for BIOS is for a PC, and tells no more. */
export interface IsoPrograms {
  /** On UEFI's removable path, of the ISO or of its EFI boot image. */
  readonly loaders: readonly IsoProgram[];
  readonly kernels: readonly IsoProgram[];
}

interface ReadableIso {
  readonly path: string;
  readonly handle: FileHandle;
  readonly boot: IsoBoot;
  readonly files: readonly IsoFile[];
  readonly signal: AbortSignal;
}

export async function findPrograms(iso: ReadableIso): Promise<IsoPrograms> {
  return { loaders: await findLoaders(iso), kernels: await findKernels(iso) };
}

/** The EFI boot image, which the firmware reads, is searched only if its loaders are not among the ISO's own files too. */
async function findLoaders({ path, boot, files, signal }: ReadableIso): Promise<IsoProgram[]> {
  const found = loadersAmong(files);
  const { efiImageOffset } = boot;
  if (found.length > 0 || efiImageOffset === undefined) return found;
  return loadersAmong(await listFat(path, efiImageOffset, signal));
}

function loadersAmong(files: readonly { readonly path: string }[]): IsoProgram[] {
  return files.flatMap(({ path }) => {
    const architecture = loaderArchitecture(path);
    return architecture === undefined ? [] : [{ path, architecture }];
  });
}

/** An ISO of several architectures has a kernel for each of them. */
const mostKernels = 32;

async function findKernels({ handle, files }: ReadableIso): Promise<IsoProgram[]> {
  const named = files.filter(({ path }) => isKernelName(path)).slice(0, mostKernels);
  const found: IsoProgram[] = [];
  for (const { path, offset, sizeBytes } of named) {
    const head = Buffer.alloc(Math.min(programHeadBytes, sizeBytes));
    await handle.read(head, 0, head.length, offset);
    const architecture = programArchitecture(head);
    if (architecture !== undefined) found.push({ path, architecture });
  }
  return found;
}

/** GRUB's own modules and images have such names too. */
function isKernelName(path: string): boolean {
  if (/\/(?:i386-pc|[\w]+-efi)\//.test(path)) return false;
  return /\/(?:vmlinu[xz]|bzimage|linux|kernel|image)(?:[-_.][^/]*)?$/i.test(path);
}
