/** An external tool. */
interface Tool {
  /** Its package in Debian and Ubuntu. */
  readonly debianPackage: string;
  /** Its package in Fedora, RHEL and its rebuilds. Source: the packages' file lists of Fedora 40. */
  readonly fedoraPackage: string;
  readonly versionArgs: readonly string[];
  /** Finds the version in the tool's output; the first group is the number. */
  readonly versionPattern: RegExp;
  readonly minimum: string;
}

const utilLinux = { versionArgs: ["--version"], versionPattern: /util-linux (\d[\d.]*)/ };
const e2fsprogs = {
  debianPackage: "e2fsprogs",
  fedoraPackage: "e2fsprogs",
  versionArgs: ["-V"],
  versionPattern: /^\S+ (\d[\d.]*)/m,
  minimum: "1.44",
};
const mtools = {
  debianPackage: "mtools",
  fedoraPackage: "mtools",
  versionArgs: ["--version"],
  versionPattern: /\(GNU mtools\) (\d[\d.]*)/,
  minimum: "4.0.18",
};

/** Every external tool that this program runs. */
export const toolTable = {
  // 5.2 is the first with the arguments and QMP commands used here; Debian 12 has 7.2, Ubuntu 22.04 6.2.
  "qemu-system-x86_64": {
    debianPackage: "qemu-system-x86",
    fedoraPackage: "qemu-system-x86-core",
    versionArgs: ["--version"],
    versionPattern: /QEMU emulator version (\d[\d.]*)/,
    minimum: "5.2",
  },
  "qemu-img": {
    debianPackage: "qemu-utils",
    fedoraPackage: "qemu-img",
    versionArgs: ["--version"],
    versionPattern: /qemu-img version (\d[\d.]*)/,
    minimum: "5.2",
  },
  "qemu-io": {
    debianPackage: "qemu-utils",
    fedoraPackage: "qemu-img",
    versionArgs: ["--version"],
    versionPattern: /qemu-io version (\d[\d.]*)/,
    minimum: "5.2",
  },
  xorriso: {
    debianPackage: "xorriso",
    fedoraPackage: "xorriso",
    versionArgs: ["-version"],
    versionPattern: /xorriso version\s*:\s*(\d[\d.]*)/,
    minimum: "1.5.0",
  },
  sfdisk: { ...utilLinux, debianPackage: "fdisk", fedoraPackage: "util-linux", minimum: "2.33" },
  blkid: {
    ...utilLinux,
    debianPackage: "util-linux",
    fedoraPackage: "util-linux-core",
    minimum: "2.33",
  },
  debugfs: e2fsprogs,
  dumpe2fs: e2fsprogs,
  e2fsck: e2fsprogs,
  mdir: mtools,
  mtype: mtools,
  // 2.33 is the first with --pdeathsig.
  setpriv: {
    ...utilLinux,
    debianPackage: "util-linux",
    fedoraPackage: "util-linux",
    minimum: "2.33",
  },
  // 2.34 is the first with --no-fork.
  flock: {
    ...utilLinux,
    debianPackage: "util-linux",
    fedoraPackage: "util-linux-core",
    minimum: "2.34",
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof toolTable;
