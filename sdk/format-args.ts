import type { Input } from "@pulumi/pulumi";

/** The base disk as it is: sparse, every bit of it. The old builder's `img`. */
export interface RawFormat {
  type: "raw";
  /** Default `zstd` for a target across a network, `none` for a directory. Runs of zeros cost nothing in either. */
  compression?: Input<"none" | "zstd" | "gzip">;
}

/** For libvirt, Proxmox, Nutanix and KubeVirt. */
export interface Qcow2Format {
  type: "qcow2";
  /** Default `zlib`; `zstd` needs readers of QEMU 5.1 or later. */
  compression?: Input<"zlib" | "zstd" | "none">;
}

/** A streamOptimized VMDK, as vSphere's importers and the clouds take it; a datastore cannot attach it as it is. */
export interface VmdkFormat {
  type: "vmdk";
}

/** An OVF 1.0 package of one virtual machine, with that VMDK. */
export interface OvaFormat {
  type: "ova";
  /** Version of the virtual hardware, 13 to 22. Default 14: vSphere 6.7 and later. */
  hardwareVersion?: Input<number>;
  /** vSphere's identifier of the guest. Default `other4xLinux64Guest`. */
  guestId?: Input<string>;
  /** Default 2. */
  cpus?: Input<number>;
  /** Bytes, or text such as `4GiB`. Default 8 GiB. */
  memory?: Input<number | string>;
  /** Default `pvscsi`. */
  scsiType?: Input<"pvscsi" | "lsilogic-sas">;
  /** Default `vmxnet3`. */
  networkType?: Input<"vmxnet3" | "e1000e">;
  /** Default that of `machine`. */
  firmware?: Input<"bios" | "uefi">;
  /** Default that of `machine`. */
  secureBoot?: Input<boolean>;
  /**
   * Advanced settings of the virtual machine, such as `guestinfo.userdata`, which gets the encoding `base64` where
   * none is given. They stand in the OVA for everybody to read.
   */
  extraConfig?: Input<Record<string, Input<string>>>;
}

/** A fixed VHD, as Azure takes it; at most 2040 GiB. */
export interface VhdFormat {
  type: "vhd";
}

/** `disk.raw` in a gzipped tar, as Google Cloud takes it. */
export interface GceFormat {
  type: "gce";
}

/** An OCI image with the disk under `/disk/`, in one tar file, as KubeVirt boots it. */
export interface ContainerDiskFormat {
  type: "containerdisk";
  /** Default `qcow2`. KubeVirt takes `raw` too; a `vmdk` is only carried. */
  disk?: Input<"qcow2" | "raw" | "vmdk">;
  /** KubeVirt preference that a volume made from it takes by default. */
  preference?: Input<string>;
  /** KubeVirt instance type that a volume made from it takes by default. */
  instanceType?: Input<string>;
  labels?: Input<Record<string, Input<string>>>;
}

/** A Palette content bundle. */
export interface ContentBundle {
  /** Local file; a relative path resolves against the Pulumi project's root. It keeps its name on the ISO. */
  path: Input<string>;
  /** Expected SHA-256. Default: that of the file as it is at each check. */
  sha256?: Input<string>;
}

/**
 * The installer ISO with the image's user-data inside, for CD and USB: it installs without being asked anything, and
 * wipes the disk that it installs to. An image with no other format installs nothing while it is built.
 */
export interface IsoFormat {
  type: "iso";
  /** How the machine ends when the installer is done. Default `poweroff`. */
  afterInstall?: Input<"poweroff" | "reboot">;
  /** Eject the CD then, so that a machine that reboots does not install again. Default true; no use with a USB stick. */
  eject?: Input<boolean>;
  /** The disk that is wiped, such as `/dev/nvme0n1`. Default `auto`: the largest one. */
  device?: Input<string>;
  /** Palette content bundles, as paths or objects; put where Palette's installer looks for them. */
  contentBundles?: Input<Input<string | ContentBundle>[]>;
}

type FormatObject =
  | RawFormat
  | Qcow2Format
  | VmdkFormat
  | OvaFormat
  | VhdFormat
  | GceFormat
  | ContainerDiskFormat
  | IsoFormat;

export type FormatName = FormatObject["type"];

/** A name, or an object with options. */
export type Format = FormatName | FormatObject;
