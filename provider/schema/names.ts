/** Characters of an image's name: with the 13 of the key's part it is a DNS label. */
export const longestImageName = 50;

/** Formats that a user names. */
export const formatNames = [
  "raw",
  "qcow2",
  "vmdk",
  "ova",
  "vhd",
  "gce",
  "containerdisk",
  "iso",
] as const;
export type FormatName = (typeof formatNames)[number];

/** Formats of an artifact: those of images, and what a `SiteSeed` makes. */
export const artifactFormats = [...formatNames, "seed"] as const;
export type ArtifactFormat = (typeof artifactFormats)[number];

/** Firmware that the virtual machine starts under, at the install and in the image's later life. */
export const firmwares = ["bios", "uefi"] as const;
export type Firmware = (typeof firmwares)[number];

/** vSphere's identifier of the guest, and its disk controller: what an OVA says of itself, and outputs of an image. */
export const vsphereGuestId = "other4xLinux64Guest";
export const vsphereScsiType = "pvscsi";

/** How the processor is run: hardware virtualisation or QEMU's translator. */
export const accelerators = ["kvm", "tcg"] as const;
export type Accelerator = (typeof accelerators)[number];

/** What the installer leaves, and so what "complete" means. */
export const installerKinds = ["kairos", "generic"] as const;
export type InstallerKind = (typeof installerKinds)[number];
