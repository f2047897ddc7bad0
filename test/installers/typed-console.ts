import { execa } from "execa";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One exchange at a console: what is typed as soon as it shows a text. */
export interface Exchange {
  /** Searched for in the output since the last exchange. */
  readonly shown: RegExp;
  readonly typed?: string;
}

/** Time limit of the whole conversation. */
const limitSeconds = 600;

/**
 * Boots a published qcow2 in a plain QEMU, without our code, and types at its serial console. The machine is stopped
 * after the last exchange; a throwaway overlay protects the image. Returns the console's output.
 */
export async function typeAtConsole(
  image: string,
  exchanges: readonly Exchange[],
  options: { readonly cd?: string } = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-console-"));
  try {
    const overlay = join(folder, "overlay.qcow2");
    await execa("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image, overlay]);
    return await converse(machineArguments(overlay, options.cd), exchanges);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function machineArguments(overlay: string, cd: string | undefined): readonly string[] {
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-machine", "q35", "-m", "1024"],
    ...["-smp", "2", "-nodefaults", "-no-reboot", "-display", "none", "-device", "VGA"],
    ...["-serial", "stdio", "-device", "virtio-rng-pci"],
    ...["-drive", `if=virtio,format=qcow2,cache=unsafe,file=${overlay}`],
    ...(cd === undefined ? [] : ["-drive", `if=ide,media=cdrom,readonly=on,file=${cd}`]),
  ];
}

async function converse(args: readonly string[], exchanges: readonly Exchange[]): Promise<string> {
  const machine = spawn("/usr/bin/qemu-system-x86_64", args, {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const stop = (): void => void machine.kill("SIGKILL");
  process.once("exit", stop);
  const late = setTimeout(stop, limitSeconds * 1000);
  let text = "";
  let read = 0;
  try {
    const chunks = machine.stdout.setEncoding("latin1")[Symbol.asyncIterator]();
    for (const { shown, typed } of exchanges) {
      let match: RegExpExecArray | null;
      while ((match = shown.exec(text.slice(read))) === null) {
        const chunk = await chunks.next();
        if (chunk.done === true) {
          throw new Error(`The console never showed ${shown}; its end:\n${text.slice(-4000)}`);
        }
        text += String(chunk.value);
      }
      read += match.index + match[0].length;
      if (typed !== undefined) machine.stdin.write(`${typed}\n`);
    }
    return text;
  } finally {
    clearTimeout(late);
    stop();
    process.off("exit", stop);
  }
}
