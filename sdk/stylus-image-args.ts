import type { Input } from "@pulumi/pulumi";

/** The installer ISO. */
export interface Installer {
  /**
   * http or https URL; exactly one of `url` and `path`. The query string is treated as a credential: a change of it is not
   * a change of the installer.
   */
  url?: Input<string>;
  /** Path of a local file; exactly one of `url` and `path`. A relative path resolves against the Pulumi project's root. */
  path?: Input<string>;
  /**
   * Expected SHA-256, 64 hexadecimal digits. It pins the installer: the server is not asked for changes. Default: the hash
   * of the file, or the server's ETag and date.
   */
  sha256?: Input<string>;
  /**
   * URL of a checksum file in the format of `sha256sum` or of BSD, read at each check; only with `url`. It pins the
   * installer. An entry is matched by its path relative to the checksum file; if none matches, by its file name.
   */
  checksumUrl?: Input<string>;
  /** Request headers, such as `Authorization`; only with `url`. Secret in state; not sent to other origins. */
  headers?: Input<Record<string, Input<string>>>;
  /** Kind of the installer, which decides how a complete installation is recognized. Default: `auto`, determined by inspecting the ISO. */
  kind?: Input<"auto" | "kairos" | "generic">;
}

/** The virtual machine that runs the installer. Its architecture is amd64. */
export interface Machine {
  /** Default: `bios`. An image boots only with the firmware it was installed with. */
  firmware?: Input<"bios" | "uefi">;
  /** Enable secure boot; requires `firmware: "uefi"`. Default: false. */
  secureBoot?: Input<boolean>;
  /** Virtual CPUs. Default: 4, fewer on a smaller host. A change does not replace the image. */
  cpus?: Input<number>;
  /**
   * Memory in bytes, or text such as `8GiB`. Default: 8 GiB, less on a smaller host. A change does not replace the image.
   */
  memory?: Input<number | string>;
  /** Size of the disk in bytes, or text such as `40GiB`, rounded up to GiB. Default: 100 GiB. The image is sparse. */
  diskSize?: Input<number | string>;
  /** `isolated` offers DHCP without any route to other networks; `user` gives access to the network. Default: `isolated`. */
  network?: Input<"isolated" | "user">;
  /** `auto` uses KVM if it works, otherwise TCG; `kvm` fails if KVM does not work. Default: `auto`. */
  accelerator?: Input<"auto" | "kvm" | "tcg">;
}

/** How the image and its artifacts are verified before they are published. */
export interface Verify {
  /** Boot the installed image once, in a disposable overlay without a network. Default: true. */
  boot?: Input<boolean>;
  /**
   * Regular expression that the console output of that boot must match; the image is booted for it although `boot` is
   * false. Default: none.
   */
  expect?: Input<string>;
  /**
   * `structure` checks each artifact with another program than the one that wrote it. `boot` also boots each artifact
   * once, a VMDK and an OVA with the disk controller and network card of vSphere. Default: `structure`.
   */
  artifacts?: Input<"structure" | "boot">;
}

/** Builds on the machine that runs the Pulumi program, currently the only kind of build host. */
export interface LocalHost {
  type: "local";
  /**
   * Path of a Node.js program that is run instead of the package's agent, for example to set resource limits before it
   * starts the agent. A relative path resolves against the Pulumi project's root. Default: the package's agent.
   */
  agent?: Input<string>;
}

/**
 * Time limits of the stages, in minutes, at most 10,000. With TCG, `install` and `verify` are multiplied by three and
 * `stall` by two.
 */
export interface Timeouts {
  /** Download of the installer; also its inspection. Default: 60. */
  fetch?: Input<number>;
  /** Installation. Default: 40. */
  install?: Input<number>;
  /** Time without console output, disk writes, CD reads or screen changes that ends an installation. Default: 6. */
  stall?: Input<number>;
  /** Verification of the disk, and of each artifact that is booted. Default: 10. */
  verify?: Input<number>;
  /** Conversion to each format. Default: 60. */
  convert?: Input<number>;
  /** Publication of each artifact at each target. Default: 120. */
  publish?: Input<number>;
}
