import type { IsoBoot } from "./boot";
import type { IsoFile } from "./tree";

/** Names of GRUB's boot images; Kairos, Fedora and Ubuntu use these. */
const grubImage = /grub|eltorito|cdboot|bios\.img$/i;
const isolinuxImage = /\/isolinux[^/]*\.bin$/i;

/** The folders that have an isolinux. */
export function isolinuxFolders(files: readonly IsoFile[]): readonly string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => isolinuxImage.test(path))
    .map((path) => path.slice(0, path.lastIndexOf("/")) || "/");
}

/** Whether a BIOS may boot another loader than GRUB from this ISO, by the names of its files. */
export function hasOtherBiosLoader(
  files: readonly IsoFile[],
  { biosImageOffsets }: Pick<IsoBoot, "biosImageOffsets">,
): boolean {
  if (isolinuxFolders(files).length > 0) return true;
  const images = files.filter(({ offset }) => biosImageOffsets.includes(offset));
  return images.some(({ path, sizeBytes }) => sizeBytes > 0 && !grubImage.test(path));
}
