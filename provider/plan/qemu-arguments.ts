import type { Accelerator } from "../schema/names";
import { MiB } from "../base/size";
import type { Plan } from "./plan";
import type { Recipe } from "./recipe";

/** Facts about the build host. Together with the plan they determine every argv. */
export interface HostFacts {
  readonly accelerator: Accelerator;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Read-only code and this machine's own variables; absent for a BIOS. */
  readonly uefi?: { readonly code: string; readonly variables: string } | undefined;
  /** Temporary folder for sockets, with a short path: the path of a socket has at most 107 bytes. */
  readonly socketDirectory: string;
}

/** Devices of the machine for which the image needs drivers. */
export interface Hardware {
  readonly diskBus: "virtio-blk-pci" | "pvscsi" | "mptsas1068";
  readonly nic: "virtio-net-pci" | "vmxnet3" | "e1000e";
}

export interface MachineIdentity {
  /** Unique for each run, so that a copy in the image shows what leaked from the build machine. */
  readonly uuid: string;
  readonly mac: string;
  readonly serial: string;
}

interface MachineFiles {
  readonly serialLog: string;
  readonly disk: { readonly path: string; readonly driver: "raw" | "qcow2" };
  /** In boot order, before or after the disk as `bootFrom` tells. */
  readonly cds: readonly string[];
  readonly bootFrom: "disk" | "cd";
}

/** Names of the sockets below `socketDirectory`. */
export const sockets = { qmp: "qmp", serial: "serial", verify: "verify" } as const;

/** The virtio-serial port to which a verified image writes its nonce. */
export const verifyPort = "stylus-image.verify";

type Machine = Plan["machine"];

/** The machine that runs the installer. */
export function installArguments(
  machine: Machine,
  recipe: Recipe,
  host: HostFacts,
  identity: MachineIdentity,
  files: {
    readonly disk: string;
    /** The first one is booted. */
    readonly cds: readonly string[];
    readonly serialLog: string;
  },
): string[] {
  return machineArguments(machine, recipe, host, identity, {
    serialLog: files.serialLog,
    disk: { path: files.disk, driver: "raw" },
    cds: files.cds,
    bootFrom: "cd",
  });
}

/** The same machine on a throwaway overlay, always without access to a network. */
export function verifyArguments(
  machine: Machine,
  recipe: Hardware & Pick<Recipe, "machineType">,
  host: HostFacts,
  identity: MachineIdentity,
  files: {
    readonly overlay: string;
    readonly seed: string | undefined;
    readonly serialLog: string;
  },
): string[] {
  return [
    ...machineArguments({ ...machine, network: "isolated" }, recipe, host, identity, {
      serialLog: files.serialLog,
      disk: { path: files.overlay, driver: "qcow2" },
      cds: files.seed === undefined ? [] : [files.seed],
      bootFrom: "disk",
    }),
    ...["-device", "virtio-serial-pci"],
    ...["-chardev", `socket,id=verify,path=${socket(host, sockets.verify)},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=verify,name=${verifyPort}`],
  ];
}

function machineArguments(
  machine: Machine,
  recipe: Hardware & Pick<Recipe, "machineType">,
  host: HostFacts,
  identity: MachineIdentity,
  files: MachineFiles,
): string[] {
  const accelerator = host.accelerator === "kvm" ? "kvm" : "tcg,thread=multi,tb-size=512";
  return [
    ...["-name", "stylus-image", "-nodefaults", "-no-user-config", "-no-reboot", "-S"],
    ...["-machine", `${recipe.machineType},smm=${machine.secureBoot ? "on" : "off"}`],
    ...["-accel", accelerator, "-cpu", host.cpuModel, "-smp", String(host.cpus)],
    ...["-m", `${Math.floor(host.memoryBytes / MiB)}M`, "-uuid", identity.uuid],
    ...firmwareArguments(machine, host),
    ...diskArguments(recipe, identity, files),
    ...files.cds.flatMap((path, index) => cdArguments(path, index, files.bootFrom)),
    ...["-netdev", `user,id=net0,restrict=${machine.network === "isolated" ? "on" : "off"}`],
    ...["-device", `${recipe.nic},netdev=net0,mac=${identity.mac},romfile=`],
    // Partitioning tools wait for the kernel's generator: 18 s instead of 3.5 s under TCG.
    ...["-device", "virtio-rng-pci"],
    ...["-device", "pvpanic", "-device", "VGA", "-display", "none"],
    ...["-chardev", serialChardev(host, files.serialLog), "-serial", "chardev:serial"],
    ...["-chardev", `socket,id=qmp,path=${socket(host, sockets.qmp)},server=on,wait=off`],
    ...["-mon", "chardev=qmp,mode=control"],
    "-sandbox",
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
  ];
}

function firmwareArguments(machine: Machine, host: HostFacts): string[] {
  if (host.uefi === undefined) return [];
  const { code, variables } = host.uefi;
  return [
    ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${escapeCommas(code)}`],
    ...["-drive", `if=pflash,unit=1,format=raw,file=${escapeCommas(variables)}`],
    ...(machine.secureBoot ? ["-global", "driver=cfi.pflash01,property=secure,value=on"] : []),
  ];
}

function diskArguments(
  { diskBus }: Hardware,
  identity: MachineIdentity,
  files: MachineFiles,
): string[] {
  const file = {
    driver: "file",
    "node-name": "disk-file",
    filename: files.disk.path,
    discard: "unmap",
    // The disk of a failed install is thrown away, so nothing needs to reach the platter before the end.
    cache: { "no-flush": true, direct: false },
  };
  const format = {
    driver: files.disk.driver,
    "node-name": "disk",
    file: "disk-file",
    discard: "unmap",
    "detect-zeroes": "unmap",
    cache: { "no-flush": true, direct: false },
  };
  // By default QEMU stops only if the disk is full, and reports other errors to the guest, which waits or ignores them.
  const faults = "rerror=stop,werror=stop";
  const bootIndex = files.bootFrom === "disk" ? 0 : files.cds.length;
  return [
    ...["-blockdev", JSON.stringify(file), "-blockdev", JSON.stringify(format)],
    ...controllerArguments(diskBus, `bootindex=${bootIndex},${faults},serial=${identity.serial}`),
  ];
}

/** Linux's mptsas driver ignores a disk without one. From the range for local use (NAA 3). */
const worldWideName = "wwn=0x3000000000000001";

/** A SCSI controller with the disk attached, or a virtio disk, which needs no controller and gets an I/O thread. */
function controllerArguments(diskBus: Hardware["diskBus"], options: string): string[] {
  const disk = "id=system-disk,drive=disk";
  if (diskBus === "pvscsi" || diskBus === "mptsas1068") {
    const scsiDisk = `scsi-hd,bus=scsi.0,${worldWideName},${disk},${options}`;
    return ["-device", `${diskBus},id=scsi`, "-device", scsiDisk];
  }
  const thread = "iothread=disk-thread";
  const virtioDisk = `${diskBus},${disk},${thread},${options}`;
  return ["-object", "iothread,id=disk-thread", "-device", virtioDisk];
}

function cdArguments(path: string, index: number, bootFrom: "disk" | "cd"): string[] {
  const node = `cd${index}`;
  const blockdev = {
    driver: "raw",
    "node-name": node,
    "read-only": true,
    file: { driver: "file", filename: path, "read-only": true },
  };
  const boot = bootFrom === "cd" && index === 0 ? ",bootindex=0" : "";
  return [
    ...["-blockdev", JSON.stringify(blockdev)],
    // q35 has an AHCI controller of its own, with the buses ide.0 to ide.5.
    ...["-device", `ide-cd,id=${node}-drive,bus=ide.${index},drive=${node}${boot}`],
  ];
}

/** QEMU writes the log itself, even if no client is connected to the socket. */
function serialChardev(host: HostFacts, log: string): string {
  const path = socket(host, sockets.serial);
  return `socket,id=serial,path=${path},server=on,wait=off,logfile=${escapeCommas(log)},logappend=off`;
}

function socket(host: HostFacts, name: string): string {
  return escapeCommas(`${host.socketDirectory}/${name}`);
}

/** In QEMU's `key=value,...` options a comma is doubled. */
function escapeCommas(path: string): string {
  return path.replaceAll(",", ",,");
}
