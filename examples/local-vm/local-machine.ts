import * as childProcess from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as timers from "node:timers/promises";
import * as url from "node:url";
import * as util from "node:util";
import * as pulumi from "@pulumi/pulumi";

/** A virtual machine under QEMU on the machine that runs `pulumi`. */
export interface LocalMachineArgs {
  /** Address (`file://`) of a qcow2, which stays as it is: what the machine writes goes to an overlay of its own. */
  disk: pulumi.Input<string>;
  /** Such as `4G`. */
  memory: pulumi.Input<string>;
  /** What QEMU tries, in this order: `kvm:tcg`. */
  accelerator: pulumi.Input<string>;
  /** Where its overlay, its console's log and its process ID lie, in a folder of their own. */
  folder: pulumi.Input<string>;
}

interface Inputs {
  readonly disk: string;
  readonly memory: string;
  readonly accelerator: string;
  readonly folder: string;
}

interface Outputs extends Inputs {
  readonly home: string;
  readonly console: string;
  readonly processId: number;
  readonly isRunning: boolean;
}

export class LocalMachine extends pulumi.dynamic.Resource {
  /** What the machine prints on its serial port. */
  declare public readonly console: pulumi.Output<string>;
  declare public readonly processId: pulumi.Output<number>;

  constructor(name: string, args: LocalMachineArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = { home: undefined, console: undefined, processId: undefined };
    super(provider, name, { ...args, ...outputs, isRunning: undefined }, options);
  }
}

const minutesToBoot = 10;

const provider: pulumi.dynamic.ResourceProvider<Inputs, Outputs> = {
  async create(inputs) {
    await fs.mkdir(inputs.folder, { recursive: true });
    const home = await fs.realpath(await fs.mkdtemp(path.join(inputs.folder, "machine-")));
    try {
      const backing = ["-F", "qcow2", "-b", url.fileURLToPath(inputs.disk)];
      await run("qemu-img", ["create", "-q", "-f", "qcow2", ...backing, overlayIn(home)]);
      return { id: path.basename(home), outs: await boot(inputs, home) };
    } catch (thrown) {
      await remove(home);
      throw thrown;
    }
  },

  diff(_id, olds, news) {
    const fields = ["disk", "memory", "accelerator", "folder"] as const;
    const replaces = fields.filter((field) => olds[field] !== news[field]);
    return Promise.resolve({ changes: replaces.length > 0 || !olds.isRunning, replaces });
  },

  /** A machine that was shut down starts again, with what it has written. */
  async update(_id, olds, news) {
    return { outs: await boot(news, olds.home) };
  },

  async read(id, props) {
    if (props === undefined || !(await exists(props.home))) return {};
    return { id, props: { ...props, isRunning: await isRunning(props.home) } };
  },

  async delete(_id, props) {
    await remove(props.home);
  },
};

async function boot(inputs: Inputs, home: string): Promise<Outputs> {
  const console = path.join(home, "console.log");
  await run("qemu-system-x86_64", [
    ...["-M", `q35,accel=${inputs.accelerator}`, "-cpu", "max", "-smp", "2", "-m", inputs.memory],
    ...["-nodefaults", "-display", "none", "-serial", `file:${console}`],
    ...["-drive", `file=${overlayIn(home)},format=qcow2,if=virtio`],
    ...["-nic", "user,model=virtio-net-pci"],
    ...["-daemonize", "-pidfile", path.join(home, "qemu.pid")],
  ]);
  await untilUp(home, console);
  return { ...inputs, home, console, processId: await processOf(home), isRunning: true };
}

function overlayIn(home: string): string {
  return path.join(home, "overlay.qcow2");
}

/** Up is what offers a login. */
async function untilUp(home: string, console: string): Promise<void> {
  const end = Date.now() + minutesToBoot * 60_000;
  for (;;) {
    const text = await fs.readFile(console, "utf8");
    if (/login:/.test(text)) return;
    const isThere = await isRunning(home);
    if (!isThere || Date.now() > end) {
      const failure = isThere ? "does not come up" : "ended while it booted";
      throw new Error(`The machine ${failure}. The end of its console:\n${text.slice(-2000)}`);
    }
    await timers.setTimeout(1000);
  }
}

async function processOf(home: string): Promise<number> {
  return Number(await fs.readFile(path.join(home, "qemu.pid"), "utf8"));
}

/** Whether its process is there; a number alone may be another one's by now. */
async function isRunning(home: string): Promise<boolean> {
  try {
    const command = await fs.readFile(`/proc/${await processOf(home)}/cmdline`, "utf8");
    return command.includes(home);
  } catch {
    return false;
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

async function remove(home: string): Promise<void> {
  if (await isRunning(home)) process.kill(await processOf(home));
  while (await isRunning(home)) await timers.setTimeout(100);
  await fs.rm(home, { recursive: true, force: true });
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await util.promisify(childProcess.execFile)(program, args);
}
