import { spawn } from "node:child_process";
import { copyFile, readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { findFirmware } from "../../../provider/system/firmware";

export interface Machine {
  readonly folder: string;
  readonly name: string;
  readonly firmware: "bios" | "uefi";
  readonly disk: string;
  /** The medium in it, and how it is plugged in; none where the disk starts alone. */
  readonly iso?: { readonly path: string; readonly as: "cd" | "usb" };
  /** Ends the machine as soon as the console shows it. */
  readonly until?: RegExp;
}

export interface Ended {
  readonly console: string;
  /** QMP's word for why it went down: `guest-shutdown`, `guest-reset`. */
  readonly reason: string | undefined;
  /** Whether the guest opened the tray of its CD drive. */
  readonly ejected: boolean;
}

/** A PC as somebody has it in the field: an empty disk, one medium, nothing of what a build gives a machine. */
export async function runMachine(machine: Machine): Promise<Ended> {
  const console = `${machine.folder}/${machine.name}.log`;
  await rm(console, { force: true });
  const qemu = spawn("qemu-system-x86_64", await argumentsOf(machine, console), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = new Promise<void>((resolve, reject) =>
    qemu.on("close", () => resolve()).on("error", reject),
  );
  const orphaned = (): void => void qemu.kill("SIGKILL");
  process.on("exit", orphaned);
  const quit = (): void => void qemu.stdin.write('{"execute":"quit"}\n');
  // It may have gone already when it is told to.
  qemu.stdin.on("error", () => undefined);
  const stop = machine.until === undefined ? undefined : watch(console, machine.until, quit);
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
  const { disk, iso } = machine;
  return [
    ...[
      "-accel",
      "tcg,thread=multi",
      "-cpu",
      "Nehalem",
      "-machine",
      "q35",
      "-m",
      "1024",
      "-smp",
      "2",
    ],
    ...["-nodefaults", "-no-reboot", "-display", "none", "-device", "VGA", "-qmp", "stdio"],
    ...["-serial", `file:${console}`, "-device", "virtio-rng-pci"],
    ...["-drive", `if=none,id=disk,format=raw,cache=unsafe,file=${disk}`],
    ...["-device", "virtio-blk-pci,drive=disk,bootindex=1"],
    ...["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile="],
    ...(await firmwareOf(machine)),
    ...(iso === undefined
      ? []
      : [
          ...[
            "-drive",
            `if=none,id=medium,format=raw,readonly=on,${iso.as === "cd" ? "media=cdrom," : ""}file=${iso.path}`,
          ],
          ...driveOf(iso.as),
        ]),
  ];
}

function driveOf(as: "cd" | "usb"): readonly string[] {
  return as === "cd"
    ? ["-device", "ide-cd,drive=medium,bus=ide.0,bootindex=0"]
    : ["-device", "qemu-xhci", "-device", "usb-storage,drive=medium,bootindex=0"];
}

/** Fresh variables each time: nothing may depend on a boot entry. */
async function firmwareOf({ firmware, folder, name }: Machine): Promise<readonly string[]> {
  const found = await findFirmware({ firmware, secureBoot: false, machineType: "q35" });
  if (found.firmware === "bios") return [];
  const { codePath: code, variablesTemplate } = found;
  const own = `${folder}/${name}.vars`;
  await copyFile(variablesTemplate, own);
  return [
    "-drive",
    `if=pflash,format=raw,readonly=on,file=${code}`,
    "-drive",
    `if=pflash,format=raw,file=${own}`,
  ];
}
