import { spawn } from "node:child_process";
import { copyFile, readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { findFirmware } from "../../provider/system/host/firmware";

export interface Machine {
  readonly folder: string;
  readonly name: string;
  readonly firmware: "bios" | "uefi";
  readonly disk: { readonly path: string; readonly format: "raw" | "qcow2" };
  /** The medium and its interface; without it the disk boots alone. */
  readonly iso?: { readonly path: string; readonly as: "cd" | "usb" };
  /** A second CD, which is not bootable. */
  readonly cd?: string;
  /** Ends the machine as soon as the console shows this text. */
  readonly until?: RegExp;
}

export interface Ended {
  readonly console: string;
  /** QMP's reason for the shutdown: `guest-shutdown`, `guest-reset`. */
  readonly reason: string | undefined;
  /** Whether the guest opened the tray of its CD drive. */
  readonly ejected: boolean;
}

/** An absolute path, because tests that count machines put a wrapper on PATH. */
const program = "/usr/bin/qemu-system-x86_64";

/** Time limit for a machine that hangs, so that the test can show its console. */
const limitSeconds = 480;

/** A PC as in the field: one disk, at most one bootable medium, and none of the devices that a build adds. */
export async function runMachine(machine: Machine): Promise<Ended> {
  const console = `${machine.folder}/${machine.name}.log`;
  await rm(console, { force: true });
  const qemu = spawn(program, await argumentsOf(machine, console), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = new Promise<void>((resolve, reject) =>
    qemu.on("close", () => resolve()).on("error", reject),
  );
  const orphaned = (): void => void qemu.kill("SIGKILL");
  process.on("exit", orphaned);
  const quit = (): void => void qemu.stdin.write('{"execute":"quit"}\n');
  // The machine may have ended already.
  qemu.stdin.on("error", () => undefined);
  const stop = machine.until === undefined ? undefined : watch(console, machine.until, quit);
  const late = setTimeout(orphaned, limitSeconds * 1000);
  let reason: string | undefined;
  let ejected = false;
  qemu.stdin.write('{"execute":"qmp_capabilities"}\n');
  for await (const line of createInterface({ input: qemu.stdout })) {
    const { event, data = {} } = JSON.parse(line) as {
      event?: string;
      data?: Record<string, unknown>;
    };
    if (event === "SHUTDOWN") reason = String(data["reason"]);
    if (event === "DEVICE_TRAY_MOVED" && data["tray-open"] === true) ejected = true;
  }
  await closed;
  clearInterval(stop);
  clearTimeout(late);
  process.off("exit", orphaned);
  return { console: await readFile(console, "latin1"), reason, ejected };
}

function watch(path: string, wanted: RegExp, found: () => void): NodeJS.Timeout {
  return setInterval(() => {
    void readFile(path, "latin1").then(
      (text) => wanted.test(text) && found(),
      () => undefined,
    );
  }, 200);
}

async function argumentsOf(machine: Machine, console: string): Promise<readonly string[]> {
  const { disk, iso, cd } = machine;
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-machine", "q35"],
    // Only an install can use a second processor.
    ...["-m", "1024", "-smp", iso === undefined ? "1" : "2"],
    ...["-nodefaults", "-no-reboot", "-display", "none", "-device", "VGA", "-qmp", "stdio"],
    ...["-serial", `file:${console}`, "-device", "virtio-rng-pci"],
    ...["-drive", `if=none,id=disk,format=${disk.format},cache=unsafe,file=${disk.path}`],
    ...["-device", "virtio-blk-pci,drive=disk,bootindex=1"],
    ...["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile="],
    ...(await firmwareOf(machine)),
    ...(iso === undefined ? [] : mediumOf(iso)),
    ...(cd === undefined ? [] : ["-drive", `if=ide,index=1,media=cdrom,readonly=on,file=${cd}`]),
  ];
}

function mediumOf({ path, as }: NonNullable<Machine["iso"]>): readonly string[] {
  const drive = "if=none,id=medium,format=raw,readonly=on";
  return as === "cd"
    ? [
        ...["-drive", `${drive},media=cdrom,file=${path}`],
        ...["-device", "ide-cd,drive=medium,bus=ide.0,bootindex=0"],
      ]
    : [
        ...["-drive", `${drive},file=${path}`, "-device", "qemu-xhci"],
        ...["-device", "usb-storage,drive=medium,bootindex=0"],
      ];
}

/** New firmware variables each time: no test may depend on a boot entry. */
async function firmwareOf({ firmware, folder, name }: Machine): Promise<readonly string[]> {
  const found = await findFirmware({ firmware, secureBoot: false, machineType: "q35" });
  if (found.firmware === "bios") return [];
  const { codePath: code, variablesTemplate } = found;
  const own = `${folder}/${name}.vars`;
  await copyFile(variablesTemplate, own);
  return [
    ...["-drive", `if=pflash,format=raw,readonly=on,file=${code}`],
    ...["-drive", `if=pflash,format=raw,file=${own}`],
  ];
}
