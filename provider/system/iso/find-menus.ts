import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { MiB } from "../../base/size";
import { hasOtherBiosLoader, isolinuxFolders } from "./bios-loader";
import type { IsoBoot } from "./boot";
import type { BootMenu } from "./boot-menu";
import { parseGrubMenu } from "./grub";
import { parseIsolinuxMenu } from "./isolinux";
import { readIsoText, type IsoFile } from "./tree";

/** The boot menus of an ISO. */
export interface BootMenus {
  /** GRUB's, under UEFI, and under a BIOS unless isolinux is there. */
  readonly menu?: BootMenu | undefined;
  /** That of isolinux, under a BIOS. */
  readonly biosMenu?: BootMenu | undefined;
  /** Whether a BIOS may boot a loader whose menu could not be read: then GRUB's menu is that of UEFI alone. */
  readonly unreadBiosLoader?: boolean;
}

/** Reads the boot menus among the files of an ISO. */
export async function findMenus(
  handle: FileHandle,
  files: readonly IsoFile[],
  boot: Pick<IsoBoot, "biosImageOffsets">,
): Promise<BootMenus> {
  const texts = { read: (path: string) => readText(handle, files, path) };
  const biosMenu = await isolinuxMenu(texts, isolinuxFolders(files));
  const unreadBiosLoader = biosMenu === undefined && hasOtherBiosLoader(files, boot);
  return { menu: await grubMenu(texts), biosMenu, unreadBiosLoader };
}

interface Texts {
  /** The text of a file, or undefined if there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
}

async function readText(
  handle: FileHandle,
  files: readonly IsoFile[],
  path: string,
): Promise<string | undefined> {
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? undefined : readIsoText(handle, file, MiB);
}

async function grubMenu({ read }: Texts): Promise<BootMenu | undefined> {
  for (const name of ["/boot/grub2/grub.cfg", "/boot/grub/grub.cfg", "/EFI/BOOT/grub.cfg"]) {
    const text = await read(name);
    if (text === undefined) continue;
    const environment = await read(posix.join(posix.dirname(name), "grubenv"));
    const menu = parseGrubMenu(name, text, savedVariables(environment ?? ""));
    // A configuration without entries only searches for the real one.
    if (menu.entries.length > 0) return menu;
  }
  return undefined;
}

function savedVariables(grubenv: string): ReadonlyMap<string, string> {
  return new Map(
    [...grubenv.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** Of several folders, those come first in which isolinux looks first. */
const searchedFolders = ["/boot/isolinux", "/isolinux", "/", "/boot/syslinux", "/syslinux"];

async function isolinuxMenu(
  texts: Texts,
  folders: readonly string[],
): Promise<BootMenu | undefined> {
  const searched = searchedFolders.filter((folder) => folders.includes(folder));
  for (const folder of new Set([...searched, ...folders])) {
    for (const name of ["isolinux.cfg", "syslinux.cfg"]) {
      const path = posix.join(folder, name);
      const text = await texts.read(path);
      if (text === undefined) continue;
      const menu = parseIsolinuxMenu(path, await withIncludes(texts, text, folder, 0));
      if (menu.entries.length > 0) return menu;
    }
  }
  return undefined;
}

/** A configuration with its included files in place. Their paths are relative to its folder. */
async function withIncludes(
  texts: Texts,
  text: string,
  folder: string,
  depth: number,
): Promise<string> {
  if (depth > 8) return text;
  const lines = text.split(/\r?\n/).map(async (line) => {
    const name = /^\s*(?:menu\s+)?include\s+(\S+)/i.exec(line)?.[1];
    if (name === undefined) return line;
    const included = await texts.read(posix.resolve(folder, name));
    return included === undefined ? "" : withIncludes(texts, included, folder, depth + 1);
  });
  return (await Promise.all(lines)).join("\n");
}
