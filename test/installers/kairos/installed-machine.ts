import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openSerialConsole, type SerialConsole } from "./serial-console";

export interface MachineParts {
  /** Folder for the socket; short, because the path of a socket is limited to 107 bytes. */
  readonly folder: string;
  /** A qcow2 disk, which the machine writes to. */
  readonly disk: string;
  /** A CD that is not bootable. */
  readonly cd?: string | undefined;
}

export interface RunningMachine {
  readonly console: SerialConsole;
  /** Waits until the machine has powered off by itself. */
  readonly poweredOff: () => Promise<void>;
  /** Ends it at once. */
  readonly kill: () => Promise<void>;
}

/** Starts an installed disk in a plain PC, without the program under test. */
export async function startMachine({ folder, disk, cd }: MachineParts): Promise<RunningMachine> {
  const socket = join(folder, "serial");
  const args = [
    ...["-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-machine", "q35", "-m", "1536"],
    ...["-smp", "2", "-nodefaults", "-no-reboot", "-display", "none", "-device", "VGA"],
    ...["-serial", `unix:${socket},server=on,wait=off`, "-device", "virtio-rng-pci"],
    ...["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile="],
    ...["-drive", `if=none,id=disk,format=qcow2,cache=unsafe,file=${disk}`],
    ...["-device", "virtio-blk-pci,drive=disk,bootindex=1"],
    ...(cd === undefined ? [] : ["-drive", `if=ide,index=1,media=cdrom,readonly=on,file=${cd}`]),
  ];
  const qemu = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(qemu, "close");
  const orphaned = (): void => void qemu.kill("SIGKILL");
  process.on("exit", orphaned);
  const console = await openSerialConsole(socket);
  const finish = async (): Promise<void> => {
    await ended;
    process.off("exit", orphaned);
    console.close();
  };
  return {
    console,
    poweredOff: finish,
    kill: async () => {
      qemu.kill("SIGKILL");
      await finish();
    },
  };
}

/** Logs in, and returns a function that runs a command and returns its output. */
export async function logIn(
  console: SerialConsole,
  user: string,
  password: string,
): Promise<(command: string) => Promise<string>> {
  await console.waitFor(/login: $/m, 600);
  console.type(user);
  await console.waitFor(/Password: /, 60);
  console.type(password);
  await console.waitFor(/[$#] /, 120);
  let count = 0;
  return async (command) => {
    const mark = `end-of-command-${++count}`;
    // The echo of the typed line must not look like the end of the output.
    // Nor may the end of an output without a line feed hide it.
    console.type(`echo; echo begin''-${mark}; { ${command}; } 2>&1; echo; echo ''${mark}''.`);
    await console.waitFor(new RegExp(`^begin-${mark}$`, "m"), 120);
    const [, output = ""] = await console.waitFor(new RegExp(`([^]*?)^${mark}\\.$`, "m"), 120);
    return output.trim();
  };
}
