import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { MiB } from "../../provider/base/size";
import { threadPoolSize } from "../../provider/system/process/thread-pool";

export interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
  readonly sizeMiB: number;
}

export interface Bench {
  readonly folder: string;
  readonly disk: string;
  readonly digest: string;
}

/** A CPU list in the notation of taskset, or all CPUs. */
export type Contender = (bench: Bench, cores: string) => Promise<Run>;

export interface Manner {
  /** Whether to run our check by qemu-img, which qemu-img's own conversion lacks. Default: true. */
  readonly check?: boolean;
  /** Whether libdeflate may be used if it is available. Default: true. */
  readonly libdeflate?: boolean;
}

/** Converts to formats with this package, one after the other in one process. */
export function ours(formats: readonly (string | object)[], manner: Manner = {}): Contender {
  const { check = true, libdeflate = true } = manner;
  return async ({ folder, disk, digest }, cores) => {
    const out = join(folder, "out");
    const runner = join(__dirname, "convert-run.cjs");
    const args = [runner, disk, digest, out, ...formats.map((it) => JSON.stringify(it))];
    const without = libdeflate ? [] : ["--require", join(__dirname, "without-koffi.cjs")];
    const path = [join(folder, "quiet"), process.env["PATH"] ?? ""].join(delimiter);
    const env = { UV_THREADPOOL_SIZE: threadPoolSize({}), ...(!check && { PATH: path }) };
    const timed = await time(folder, cores, [process.execPath, ...without, ...args], env);
    const sizes = JSON.parse(timed.stdout) as Record<string, number>;
    await rm(out, { recursive: true, force: true });
    return { ...timed, sizeMiB: (Object.values(sizes).at(-1) ?? 0) / MiB };
  };
}

/** Copies a raw disk into a directory and flushes it; computing the hash reads it once more. */
export function ourCopy(isHashed: boolean): Contender {
  return async ({ folder, disk }, cores) => {
    const args = [join(__dirname, "copy-run.cjs"), disk, join(folder, "copy"), String(isHashed)];
    const env = { UV_THREADPOOL_SIZE: threadPoolSize({}) };
    return copied(folder, await time(folder, cores, [process.execPath, ...args], env));
  };
}

export const copyByCp: Contender = async ({ folder, disk }, cores) => {
  const command = 'cp --reflink=auto --sparse=always "$0" "$1" && sync "$1"';
  return copied(
    folder,
    await time(folder, cores, ["sh", "-c", command, disk, join(folder, "copy")], {}),
  );
};

async function copied(folder: string, timed: Omit<Run, "sizeMiB">): Promise<Run> {
  const { blocks } = await stat(join(folder, "copy"));
  await rm(join(folder, "copy"));
  return { ...timed, sizeMiB: (blocks * 512) / MiB };
}

export function qemu(format: string, ...options: readonly string[]): Contender {
  return async ({ folder, disk }, cores) => {
    const out = join(folder, `out.${format}`);
    const args = ["convert", "-f", "raw", "-O", format, ...options, disk, out];
    const timed = await time(folder, cores, ["qemu-img", ...args], {});
    const { size } = await stat(out);
    await rm(out);
    return { ...timed, sizeMiB: size / MiB };
  };
}

async function time(
  folder: string,
  cores: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Omit<Run, "sizeMiB"> & { readonly stdout: string }> {
  const times = join(folder, "times");
  const pinned = cores === "all" ? [] : ["taskset", "-c", cores];
  const timer = ["-o", times, "-f", "%e %U %S %M", ...pinned, ...command];
  // Writes of the previous run reach the disk before the next run starts.
  await execa("sync");
  const { stdout } = await execa("/usr/bin/time", timer, { env });
  const [wall = 0, user = 0, system = 0, peak = 0] = (await readFile(times, "utf8"))
    .trim()
    .split(" ")
    .map(Number);
  return { stdout, wall, cpu: user + system, peakMiB: peak / 1024 };
}

/** Wrappers that replace checking programs by immediate success. */
export async function quietTools(folder: string): Promise<void> {
  const bin = join(folder, "quiet");
  await mkdir(bin);
  const qemuImg = await execaText("which", ["qemu-img"]);
  const script = `#!/bin/sh\ncase $1 in check|compare) exit 0 ;; esac\nexec ${qemuImg} "$@"\n`;
  await writeFile(join(bin, "qemu-img"), script);
  await chmod(join(bin, "qemu-img"), 0o755);
}

export async function execaText(command: string, args: readonly string[]): Promise<string> {
  return (await execa(command, args)).stdout;
}
