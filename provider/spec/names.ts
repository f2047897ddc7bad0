/** Characters of an image's name: with the 13 of the key's part it is a DNS label. */
export const longestImageName = 50;

/** Formats of an artifact. */
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

/** Firmware that the virtual machine starts under, at the install and in the image's later life. */
export const firmwares = ["bios", "uefi"] as const;
export type Firmware = (typeof firmwares)[number];

/** How the processor is run: hardware virtualisation or QEMU's translator. */
export const accelerators = ["kvm", "tcg"] as const;
export type Accelerator = (typeof accelerators)[number];

/** What the installer leaves, and so what "complete" means. */
export const installerKinds = ["kairos", "generic"] as const;
export type InstallerKind = (typeof installerKinds)[number];
