import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { compiledCli, type Ended } from "./compiled-cli";

const repository = join(__dirname, "..", "..", "..");

/** The root file system of a Debian 12 with only apt and Node.js. It is used with chroot, which needs root. */
export interface BareMachine {
  readonly root: string;
  /** Runs a shell command; `stylus-image` is the compiled program. */
  run(command: string, env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): Promise<void>;
}

export async function openBareMachine(): Promise<BareMachine> {
  const [main, folder] = [await compiledCli(), await mkdtemp(join(tmpdir(), "stylus-bare-"))];
  const root = join(folder, "root");
  await mkdir(root);
  await execa("tar", ["-C", root, "-xf", await baseArchive()]);
  for (const file of ["/etc/resolv.conf", "/etc/hosts"]) await copyFile(file, root + file);
  await copyFile(await realpath(process.execPath), join(root, "usr", "local", "bin", "node"));
  await mkdir(join(root, "repository"));
  return {
    root,
    run: async (command, env = {}) => {
      const shell = `stylus-image() { node ${main.replace(repository, "/repository")} "$@"; }\n`;
      const { exitCode, stdout, stderr } = await execa(
        "unshare",
        [
          ...["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"],
          ...["bash", "-c", enter, root, repository, shell + command],
        ],
        { env: { ...proxies(), ...env, ...plain }, extendEnv: false, reject: false },
      );
      return { exitCode, stdout, stderr };
    },
    // The mounts have ended with their namespace.
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `$0` is the root, `$1` the repository (mounted read-only), `$2` the command. */
const enter = `
  set -e
  mount --bind "$0" "$0"
  mount --rbind /dev "$0/dev"
  mount -t proc proc "$0/proc"
  mount --bind -o ro "$1" "$0/repository"
  exec chroot "$0" bash -c "$2"
`;

const plain = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

function proxies(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy"].flatMap((it) => [it, it.toUpperCase()]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function baseArchive(): Promise<string> {
  const command = '. tools/env.sh; echo "$stylus_debian_base"';
  const { stdout } = await execa("bash", ["-c", command], { cwd: repository });
  const archive = join(stdout, "base.tar");
  if (!existsSync(archive)) throw new Error("no base image; run tools/set-up.sh --tests");
  return archive;
}
