import type { Input } from "@pulumi/pulumi";

/** The base disk as a sparse raw file, bit for bit. */
export interface RawFormat {
  type: "raw";
  /** Default: `none` for a directory, `zstd` for other targets. Runs of zeros take no space in either. */
  compression?: Input<"none" | "zstd" | "gzip">;
}

/** A qcow2 file, for libvirt, Proxmox, Nutanix and KubeVirt. */
export interface Qcow2Format {
  type: "qcow2";
  /** `zstd` requires QEMU 5.1 or later. Default: `zlib`. */
  compression?: Input<"zlib" | "zstd" | "none">;
}

/**
 * A streamOptimized VMDK, for vSphere's importers and cloud services. It must be converted before a virtual machine can
 * attach it from a datastore.
 */
export interface VmdkFormat {
  type: "vmdk";
}

/** An OVF 1.0 package of one virtual machine with a streamOptimized VMDK. */
export interface OvaFormat {
  type: "ova";
  /** Version of the virtual hardware, 13 to 22. Default: 14, for vSphere 6.7 and later. */
  hardwareVersion?: Input<number>;
  /** vSphere guest identifier. Default: `other4xLinux64Guest`. */
  guestId?: Input<string>;
  /** Virtual CPUs. Default: 2. */
  cpus?: Input<number>;
  /** Memory in bytes, or text such as `4GiB`. Default: 8 GiB. */
  memory?: Input<number | string>;
  /** Disk controller. Default: `pvscsi`. */
  scsiType?: Input<"pvscsi" | "lsilogic-sas">;
  /** Network card. Default: `vmxnet3`. */
  networkType?: Input<"vmxnet3" | "e1000e">;
  /** Default: that of `machine`. */
  firmware?: Input<"bios" | "uefi">;
  /** Enable secure boot. Default: that of `machine`. */
  secureBoot?: Input<boolean>;
  /**
   * Advanced settings of the virtual machine, such as `guestinfo.userdata`, which is encoded as `base64` unless its
   * `.encoding` is set. A secret in state, but stored in the OVA as plain text. Default: none.
   */
  extraConfig?: Input<Record<string, Input<string>>>;
}

/** A fixed VHD for Azure, at most 2040 GiB. */
export interface VhdFormat {
  type: "vhd";
}

/** `disk.raw` in a gzipped tar file, for Google Cloud. */
export interface GceFormat {
  type: "gce";
}

/** An OCI image with the disk in `/disk/`, as one tar file, for KubeVirt. */
export interface ContainerDiskFormat {
  type: "containerdisk";
  /** Format of the disk. KubeVirt can run `qcow2` and `raw`, but not `vmdk`. Default: `qcow2`. */
  disk?: Input<"qcow2" | "raw" | "vmdk">;
  /** Default KubeVirt preference of volumes made from it. Default: none. */
  preference?: Input<string>;
  /** Default KubeVirt instance type of volumes made from it. Default: none. */
  instanceType?: Input<string>;
  /** Labels of the OCI image. Default: none. */
  labels?: Input<Record<string, Input<string>>>;
}

/** A Palette content bundle. */
export interface ContentBundle {
  /**
   * Path of a local file; a relative path resolves against the Pulumi project's root. The file has the same name on the
   * ISO.
   */
  path: Input<string>;
  /** Expected SHA-256. Default: that of the file at each check. */
  sha256?: Input<string>;
}

/**
 * The installer ISO with the image's user-data, for CD and USB. It installs without questions and erases the disk that it
 * installs to. If `iso` is the only format, nothing is installed during the build.
 */
export interface IsoFormat {
  type: "iso";
  /** Action of the machine after the installation. Default: `poweroff`. */
  afterInstall?: Input<"poweroff" | "reboot">;
  /**
   * Eject the CD after the installation, so that a machine that reboots does not install again. It has no effect on a USB
   * stick. Default: true.
   */
  eject?: Input<boolean>;
  /** The disk to erase, such as `/dev/nvme0n1`. Default: `auto`, the largest disk. */
  device?: Input<string>;
  /** Palette content bundles, as paths or objects, copied to where Palette's installer reads them. Default: none. */
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

/** The name of a format. */
export type FormatName = FormatObject["type"];

/** A format: its name, or an object with its options. */
export type Format = FormatName | FormatObject;
