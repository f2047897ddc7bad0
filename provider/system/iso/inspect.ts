import { open, type FileHandle } from "node:fs/promises";
import { describeThrown, StylusError } from "../../base/errors";
import type { InstallerKind } from "../../schema/names";
import { formatSize, MiB } from "../../base/size";
import { findPrograms, type IsoPrograms } from "./architecture";
import { readIsoBoot, type IsoBoot } from "./boot";
import { findMenus, type BootMenus } from "./find-menus";
import { inspectRoot, type RootFileSystem } from "./squashfs";
import { listIsoFiles, readIsoText, type IsoFile } from "./tree";
import { isTrustedBoot } from "./trusted-boot";

/** The properties of an installer, read without root, without mounting and without booting it. */
export interface IsoReport extends BootMenus {
  readonly kind: InstallerKind;
  readonly sizeBytes: number;
  readonly volumeLabel: string;
  readonly boots: { readonly bios: boolean; readonly uefi: boolean };
  /** Boot loaders and kernels, with the architecture of each. */
  readonly programs: IsoPrograms;
  /** Both `/boot/kernel` and `/boot/initrd`. */
  readonly hasKernel: boolean;
  /** Whether it has a unified kernel image, sealed to the TPM of the installing machine. */
  readonly trustedBoot: boolean;
  readonly root?: RootFileSystem | undefined;
  /** Cloud-configs on the ISO; the installer merges every one of them. */
  readonly configurations: readonly IsoFile[];
  /** Palette content bundles. */
  readonly bundles: readonly IsoFile[];
}

/** Inspects an installer; throws unless it is a complete ISO. Whether it can be used is decided by `checkInstaller`. */
export async function inspectIso(path: string, signal: AbortSignal): Promise<IsoReport> {
  const handle = await openIso(path);
  try {
    const { size: sizeBytes } = await handle.stat();
    const boot = await readIsoBoot(handle);
    if (boot === undefined) throw notAnIso(path);
    requireComplete(path, sizeBytes, boot.volumeBytes);
    const files = await listIsoFiles(path, signal);
    const end = Math.max(0, ...files.map((file) => file.offset + file.sizeBytes));
    requireComplete(path, sizeBytes, end);
    return await describe({ path, handle, sizeBytes, boot, files, signal });
  } finally {
    await handle.close();
  }
}

interface OpenIso {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly boot: IsoBoot;
  readonly files: readonly IsoFile[];
  readonly signal: AbortSignal;
}

async function describe(iso: OpenIso): Promise<IsoReport> {
  const { path, handle, boot, files, signal } = iso;
  const squashfs = files.find((file) => file.path === "/rootfs.squashfs");
  const root =
    squashfs === undefined ? undefined : await inspectRoot(handle, path, squashfs, signal);
  const hasKernel = ["/boot/kernel", "/boot/initrd"].every((name) =>
    files.some((file) => file.path === name || file.path === `${name}.xz`),
  );
  const trustedBoot = !hasKernel && (await isTrustedBoot(path, boot, files, signal));
  const kairos = trustedBoot || (root !== undefined && hasKernel);
  return {
    kind: kairos ? "kairos" : "generic",
    sizeBytes: iso.sizeBytes,
    volumeLabel: boot.volumeLabel,
    boots: { bios: boot.bios, uefi: boot.uefi },
    programs: await findPrograms(iso),
    hasKernel,
    trustedBoot,
    ...(await findMenus(handle, files, boot)),
    root,
    configurations: await findConfigurations(handle, files),
    bundles: files.filter((file) => file.path.startsWith("/opt/spectrocloud/content/")),
  };
}

/** Kairos' collector reads files up to 1 MiB that are YAML or named `userdata`, with a known first line. */
async function findConfigurations(
  handle: FileHandle,
  files: readonly IsoFile[],
): Promise<readonly IsoFile[]> {
  const found: IsoFile[] = [];
  for (const file of files) {
    const named = /\.ya?ml$/i.test(file.path) || file.path.includes("userdata");
    if (!named || file.sizeBytes > MiB) continue;
    const [header = ""] = (await readIsoText(handle, file, 256)).split("\n", 1);
    if (/^#(cloud-config|kairos-config|node-config)\s*$/.test(header)) found.push(file);
  }
  return found;
}

async function openIso(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (thrown) {
    throw new StylusError("installer.not-found", {
      what: `The installer ${path} cannot be opened: ${describeThrown(thrown)}.`,
      next: "Correct `installer.path`, or give this user read access to the file.",
      cause: thrown,
    });
  }
}

function notAnIso(path: string): StylusError {
  return new StylusError("installer.not-bootable", {
    what: `${path} is not an ISO 9660 image.`,
    why: "Its sector 16 has no volume descriptor; the file may be a saved error page or an archive.",
    next: "Use the installer ISO itself; unpack it if it is compressed.",
  });
}

function requireComplete(path: string, haveBytes: number, neededBytes: number): void {
  if (haveBytes >= neededBytes) return;
  throw new StylusError("installer.truncated", {
    what: `${path} has ${formatSize(haveBytes)}, but its contents end at ${formatSize(neededBytes)}.`,
    why: "The download or the copy ended early.",
    next: "Download the installer again and compare its SHA-256 with the publisher's.",
  });
}
