import { existsSync } from "node:fs";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

const repository = join(__dirname, "..", "..", "..");

/** A copy of the checkout with its own cache, because `make` works in the current folder. */
export interface Checkout {
  readonly folder: string;
  make(args: string, env?: Readonly<Record<string, string>>): Promise<Made>;
  /** Number of virtual machines started so far, without those of the accelerator test. */
  machines(): Promise<number>;
  remove(): Promise<void>;
}

export interface Made {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Command lines of all processes of this machine that ran in the meantime. */
  readonly commands: ReadonlySet<string>;
  /** Environments of the virtual machines and agents among them, each after its command line. */
  readonly environments: ReadonlySet<string>;
}

/** Variables that the test run may have set and that the tests must not read. */
const foreign = [
  ...["ISO_URL", "PALETTE_ENDPOINT", "REGISTRATION_URL", "EDGE_HOST_TOKEN", "DISK_SIZE", "CI"],
  ...[
    "SSH_USER",
    "SSH_PASSWORD",
    "REPO",
    "TAG",
    "EMBED",
    "BUILD_OPTIONS",
    "MAKEFLAGS",
    "MAKELEVEL",
  ],
];

export async function copyCheckout(): Promise<Checkout> {
  // Otherwise `make` would install packages through the link below, into the folder of these tests.
  await execa(process.execPath, [join(repository, "tools", "node-modules-current.cjs")]);
  const base = await mkdtemp(join(tmpdir(), "stylus-make-"));
  const folder = join(base, "checkout");
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await execa("git", list, { cwd: repository });
  for (const file of stdout
    .split("\0")
    .filter((name) => !/^(node_modules|test|)($|\/)/.test(name))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(repository, file), join(folder, file), { preserveTimestamps: true });
  }
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  // `make` compiles again if a source is newer.
  const dist = join(repository, "dist");
  if (existsSync(dist)) {
    await cp(dist, join(folder, "dist"), { recursive: true, preserveTimestamps: true });
  }
  const cache = join(base, "cache");
  await mkdir(cache);
  // The tools that tools/set-up.sh installed are not installed again.
  const tools = "pulumi-stylus-image-tools";
  await symlink(
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), tools),
    join(cache, tools),
  );
  const counter = await countMachines(base);
  const env = {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    PATH: [counter.folder, process.env["PATH"] ?? ""].join(delimiter),
    XDG_CACHE_HOME: cache,
  };
  return {
    folder,
    make: (args, more = {}) =>
      make(
        folder,
        args.split(" ").filter((it) => it !== ""),
        { ...env, ...more },
      ),
    machines: counter.count,
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

async function countMachines(base: string) {
  const folder = join(base, "bin");
  const log = join(base, "machines");
  const wrapper = join(folder, "qemu-system-x86_64");
  await mkdir(folder);
  const real = (await execa("which", ["qemu-system-x86_64"])).stdout;
  const note = `case "$*" in "-name stylus-image "*) echo $$ >>'${log}' ;; esac`;
  await writeFile(wrapper, `#!/bin/sh\n${note}\nexec ${real} "$@"\n`);
  await chmod(wrapper, 0o755);
  const count = async () =>
    (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== "").length;
  return { folder, count };
}

async function make(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Made> {
  const commands = new Set<string>();
  const environments = new Set<string>();
  const running = execa("make", args, { cwd, env, reject: false });
  const ended = new AbortController();
  const samples = new Map<string, number>();
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      await sampleProcesses(samples, commands, environments);
      await delay(100);
    }
  })();
  const { exitCode, stdout, stderr } = await running;
  ended.abort();
  await sampling;
  return { exitCode, stdout, stderr, commands, environments };
}

/** Reads each process up to twenty times: it has its final command line soon after its start. */
async function sampleProcesses(
  samples: Map<string, number>,
  commands: Set<string>,
  environments: Set<string>,
): Promise<void> {
  for (const pid of await readdir("/proc")) {
    const before = samples.get(pid) ?? 0;
    if (!/^\d+$/.test(pid) || before === 20) continue;
    samples.set(pid, before + 1);
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    commands.add(command.replaceAll("\0", " "));
    if (!/^[^\0]*qemu-system-|^[^\0]*node\0[^\0]*\/agent\/main\.js/.test(command)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    environments.add(`${command}\n${environment}`);
  }
}
