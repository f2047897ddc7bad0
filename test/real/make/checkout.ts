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

/** A copy of the checkout, with a cache of its own: `make` works in the folder that it is called in. */
export interface Checkout {
  readonly folder: string;
  make(args: string, env?: Readonly<Record<string, string>>): Promise<Made>;
  /** Virtual machines started so far, counted by a wrapper on PATH; proofs of the accelerator are none. */
  machines(): Promise<number>;
  remove(): Promise<void>;
}

export interface Made {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Command lines of all processes of this machine that were seen meanwhile. */
  readonly commands: ReadonlySet<string>;
  /** Environments of the virtual machines and the agents among them, each behind its command line. */
  readonly environments: ReadonlySet<string>;
}

/** Set where whoever runs the tests has them; none of it is meant for a test. */
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
  // Else `make` would install packages through the link below, into the folder that these tests run from.
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
  // `make` compiles again where a source is newer.
  const dist = join(repository, "dist");
  if (existsSync(dist)) {
    await cp(dist, join(folder, "dist"), { recursive: true, preserveTimestamps: true });
  }
  const cache = join(base, "cache");
  await mkdir(cache);
  // What tools/set-up.sh brought is not brought again.
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
  const looks = new Map<string, number>();
  const looking = (async () => {
    while (!ended.signal.aborted) {
      await look(looks, commands, environments);
      await delay(100);
    }
  })();
  const { exitCode, stdout, stderr } = await running;
  ended.abort();
  await looking;
  return { exitCode, stdout, stderr, commands, environments };
}

/** A process takes its last command line soon after it begins: twenty looks at each, for a machine has hundreds. */
async function look(
  looks: Map<string, number>,
  commands: Set<string>,
  environments: Set<string>,
): Promise<void> {
  for (const pid of await readdir("/proc")) {
    const before = looks.get(pid) ?? 0;
    if (!/^\d+$/.test(pid) || before === 20) continue;
    looks.set(pid, before + 1);
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    commands.add(command.replaceAll("\0", " "));
    if (!/^[^\0]*qemu-system-|^[^\0]*node\0[^\0]*\/agent\/main\.js/.test(command)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    environments.add(`${command}\n${environment}`);
  }
}
