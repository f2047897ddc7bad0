import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { contentDigest } from "../../provider/system/content-digest";
import { threadPoolSize } from "../../provider/system/thread-pool";
import { MiB } from "../../provider/spec/size";
import { makeBaseDisk } from "./base-disk";
import { printRatio, printTable, type Row } from "./table";

/** In alternation; each is some minutes. */
const rounds = { all: 2, one: 1 };

interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
  readonly sizeMiB: number;
}

interface Bench {
  readonly folder: string;
  readonly disk: string;
  readonly digest: string;
}

type Contender = (bench: Bench, cores: string) => Promise<Run>;

/** What making each format costs, beside the fastest that qemu-img does; ours without its check, which qemu-img lacks. */
export async function formats(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-formats-"));
  try {
    const disk = join(folder, "disk.raw");
    await makeBaseDisk(disk);
    const signal = new AbortController().signal;
    const digest = await contentDigest(disk, { signal, onProgress: () => undefined });
    process.stdout.write(`${await execaText("qemu-img", ["info", disk])}\n`);
    const bench = { folder, disk, digest };
    await quietTools(folder);
    await onCores(bench, "all", rounds.all);
    await onCores(bench, "0", rounds.one);
    const checked = await ours(["vmdk", "qcow2"], true)(bench, "all");
    process.stdout.write(
      `vmdk and qcow2 with their checks, all cores: ${checked.wall.toFixed(1)} s\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onCores(bench: Bench, cores: string, count: number): Promise<void> {
  const zstd = { type: "qcow2", compression: "zstd" };
  const contenders = {
    vmdk: ours(["vmdk"]),
    "vmdk by qemu-img": qemu("vmdk", "-o", "subformat=streamOptimized"),
    "qcow2 zlib": ours(["qcow2"]),
    "qcow2 zlib by qemu-img": qemu("qcow2", "-c"),
    "qcow2 zlib by qemu-img -W": qemu("qcow2", "-c", "-W", "-m", "16"),
    "qcow2 zstd": ours([zstd]),
    "qcow2 zstd by qemu-img": qemu("qcow2", "-c", "-o", "compression_type=zstd"),
    "qcow2 zstd by qemu-img -W": qemu(
      "qcow2",
      "-c",
      "-W",
      "-m",
      "16",
      "-o",
      "compression_type=zstd",
    ),
    "vmdk, ova": ours(["vmdk", "ova"]),
    "raw, qcow2, vmdk, ova, containerdisk": ours(["raw", "qcow2", "vmdk", "ova", "containerdisk"]),
    "raw zstd": ours([{ type: "raw", compression: "zstd" }]),
    "raw gzip": ours([{ type: "raw", compression: "gzip" }]),
    gce: ours(["gce"]),
    vhd: ours(["vhd"]),
  } as const satisfies Record<string, Contender>;
  type Name = keyof typeof contenders;
  const names = Object.keys(contenders) as Name[];
  const runs = new Map<Name, Run[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const name of names) runs.get(name)?.push(await contenders[name](bench, cores));
  }
  const row = (name: Name, value: keyof Run): Row => ({
    name,
    values: (runs.get(name) ?? []).map((run) => run[value]),
  });
  const title = cores === "all" ? "all cores" : "one core";
  const rowsOf = (value: keyof Run): Row[] => names.map((name) => row(name, value));
  printTable(`Wall time, ${title}`, "s", rowsOf("wall"));
  printTable(`CPU time, ${title}`, "s", rowsOf("cpu"));
  printTable(`Size, ${title}`, "MiB", rowsOf("sizeMiB"));
  printTable(`Peak memory, ${title}`, "MiB", rowsOf("peakMiB"));
  const pairs: readonly (readonly [Name, Name])[] = [
    ["vmdk by qemu-img", "vmdk"],
    ["qcow2 zlib by qemu-img", "qcow2 zlib"],
    ["qcow2 zlib by qemu-img -W", "qcow2 zlib"],
    ["qcow2 zstd by qemu-img -W", "qcow2 zstd"],
    ["vmdk, ova", "vmdk"],
  ];
  for (const [over, under] of pairs) {
    printRatio(`${over} / ${under}, wall`, row(over, "wall"), row(under, "wall"));
    printRatio(`${over} / ${under}, size`, row(over, "sizeMiB"), row(under, "sizeMiB"));
  }
  const both = row("qcow2 zlib", "wall").values.map(
    (value, index) => value + (row("vmdk", "wall").values[index] ?? 0),
  );
  printRatio(
    "five formats / qcow2 and vmdk added up, wall",
    row("raw, qcow2, vmdk, ova, containerdisk", "wall"),
    { name: "sum", values: both },
  );
}

/** Formats as this package makes them. */
function ours(formats: readonly (string | object)[], isChecked = false): Contender {
  return async ({ folder, disk, digest }, cores) => {
    const out = join(folder, "out");
    const runner = join(__dirname, "convert-run.cjs");
    const args = [runner, disk, digest, out, ...formats.map((it) => JSON.stringify(it))];
    const path = [join(folder, "quiet"), process.env["PATH"] ?? ""].join(delimiter);
    const env = { UV_THREADPOOL_SIZE: threadPoolSize({}), ...(!isChecked && { PATH: path }) };
    const timed = await time(folder, cores, [process.execPath, ...args], env);
    const sizes = JSON.parse(timed.stdout) as Record<string, number>;
    await rm(out, { recursive: true, force: true });
    return { ...timed, sizeMiB: (Object.values(sizes).at(-1) ?? 0) / MiB };
  };
}

function qemu(format: string, ...options: readonly string[]): Contender {
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
  const { stdout } = await execa("/usr/bin/time", timer, { env });
  const [wall = 0, user = 0, system = 0, peak = 0] = (await readFile(times, "utf8"))
    .trim()
    .split(" ")
    .map(Number);
  return { stdout, wall, cpu: user + system, peakMiB: peak / 1024 };
}

/** Programs that only check say at once that all is well. */
async function quietTools(folder: string): Promise<void> {
  const bin = join(folder, "quiet");
  await mkdir(bin);
  const qemuImg = await execaText("which", ["qemu-img"]);
  const script = `#!/bin/sh\ncase $1 in check|compare) exit 0 ;; esac\nexec ${qemuImg} "$@"\n`;
  await writeFile(join(bin, "qemu-img"), script);
  await chmod(join(bin, "qemu-img"), 0o755);
}

async function execaText(command: string, args: readonly string[]): Promise<string> {
  return (await execa(command, args)).stdout;
}
