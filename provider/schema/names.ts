/** Longest name of an image, in characters: with the 13 of the key's part it must be a DNS label (63). */
export const longestImageName = 50;

/** Formats that a user can name. */
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

/** Formats of an artifact: those of images, and that of a `SiteSeed`. */
export const artifactFormats = [...formatNames, "seed"] as const;
export type ArtifactFormat = (typeof artifactFormats)[number];

/** Firmware of the virtual machine, during the install and for every machine that is made from the image. */
export const firmwares = ["bios", "uefi"] as const;
export type Firmware = (typeof firmwares)[number];

/** Defaults of an OVA, and outputs of an image: vSphere's identifier of the guest, and the disk controller. */
export const vsphereGuestId = "other4xLinux64Guest";
export const vsphereScsiType = "pvscsi";

/** How QEMU runs guest code: with hardware virtualisation, or by translation. */
export const accelerators = ["kvm", "tcg"] as const;
export type Accelerator = (typeof accelerators)[number];

/** Kinds of installer. They decide what a complete install must have written. */
export const installerKinds = ["kairos", "generic"] as const;
export type InstallerKind = (typeof installerKinds)[number];
