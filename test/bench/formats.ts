import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentDigest } from "../../provider/system/files/content-digest";
import { makeBaseDisk } from "./base-disk";
import {
  copyByCp,
  execaText,
  ourCopy,
  ours,
  qemu,
  quietTools,
  type Bench,
  type Contender,
  type Run,
} from "./formats-run";
import { printRatio, printTable, type Row } from "./table";

/** Alternating rounds; each takes some minutes. `BENCH_ROUNDS=1,0` is the shortest run. */
const [onAll = 3, onOne = 1] = (process.env["BENCH_ROUNDS"] ?? "3,1").split(",").map(Number);

const zstd = { type: "qcow2", compression: "zstd" };
const wide = ["-c", "-W", "-m", "16"];
const unchecked = { check: false };

/** Pairs with qemu-img run without our check, which qemu-img lacks; pairs of our own run with it. */
const contenders = {
  vmdk: ours(["vmdk"], unchecked),
  "vmdk without libdeflate": ours(["vmdk"], { check: false, libdeflate: false }),
  "vmdk by qemu-img": qemu("vmdk", "-o", "subformat=streamOptimized"),
  "qcow2 zlib": ours(["qcow2"], unchecked),
  "qcow2 zlib by qemu-img": qemu("qcow2", "-c"),
  "qcow2 zlib by qemu-img -W": qemu("qcow2", ...wide),
  "qcow2 zstd": ours([zstd], unchecked),
  "qcow2 zstd by qemu-img": qemu("qcow2", "-c", "-o", "compression_type=zstd"),
  "qcow2 zstd by qemu-img -W": qemu("qcow2", ...wide, "-o", "compression_type=zstd"),
  "vmdk, checked": ours(["vmdk"]),
  "vmdk + ova, checked": ours(["vmdk", "ova"]),
  "qcow2, checked": ours(["qcow2"]),
  "five formats, checked": ours(["raw", "qcow2", "vmdk", "ova", "containerdisk"]),
  "raw, copied": ourCopy(false),
  "raw, copied by cp": copyByCp,
  "raw zstd": ours([{ type: "raw", compression: "zstd" }]),
  "raw gzip": ours([{ type: "raw", compression: "gzip" }]),
  gce: ours(["gce"]),
  vhd: ours(["vhd"]),
} as const satisfies Record<string, Contender>;

type Name = keyof typeof contenders;
const names = Object.keys(contenders) as Name[];

/** The cost of each format relative to qemu-img's fastest conversion. */
export async function formats(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-formats-"));
  try {
    const disk = join(folder, "disk.raw");
    await makeBaseDisk(disk);
    const signal = new AbortController().signal;
    // It also reads the whole disk, so that every run finds it in the page cache.
    const digest = await contentDigest(disk, { signal, onProgress: () => undefined });
    process.stdout.write(`${await execaText("qemu-img", ["info", disk])}\n`);
    const bench = { folder, disk, digest };
    await quietTools(folder);
    await onCores(bench, "all", onAll);
    await onCores(bench, "0", onOne);
    const { wall } = await ourCopy(true)(bench, "all");
    printTable("Wall time, all cores", "s", [{ name: "raw, copied and hashed", values: [wall] }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onCores(bench: Bench, cores: string, count: number): Promise<void> {
  const runs = new Map<Name, Run[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    // Forward and backward, so that no run always follows the same one.
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) runs.get(name)?.push(await contenders[name](bench, cores));
  }
  if (count > 0) printRuns(cores === "all" ? "all cores" : "one core", runs);
}

function printRuns(title: string, runs: ReadonlyMap<Name, readonly Run[]>): void {
  const row = (name: Name, value: keyof Run): Row => ({
    name,
    values: (runs.get(name) ?? []).map((run) => run[value]),
  });
  const rowsOf = (value: keyof Run): Row[] => names.map((name) => row(name, value));
  printTable(`Wall time, ${title}`, "s", rowsOf("wall"));
  printTable(`CPU time, ${title}`, "s", rowsOf("cpu"));
  printTable(`Size, ${title}`, "MiB", rowsOf("sizeMiB"));
  printTable(`Peak memory, ${title}`, "MiB", rowsOf("peakMiB"));
  const compare = (over: Name, under: Name, values: readonly (keyof Run)[], asked: string) => {
    for (const value of values) {
      const what = `${over} / ${under}, ${value === "sizeMiB" ? "size" : value}`;
      printRatio(`${what} (asked: ${asked})`, row(over, value), row(under, value));
    }
  };
  const times = ["wall", "cpu"] as const;
  const size = ["sizeMiB"] as const;
  compare("vmdk by qemu-img", "vmdk", times, "wall 5 or more");
  compare("vmdk", "vmdk by qemu-img", size, "1 or less");
  compare("vmdk by qemu-img", "vmdk without libdeflate", times, "wall 2.5 or more");
  compare("vmdk without libdeflate", "vmdk by qemu-img", size, "1.03 or less");
  compare("qcow2 zlib by qemu-img", "qcow2 zlib", times, "wall 2 or more");
  compare("qcow2 zlib by qemu-img -W", "qcow2 zlib", times, "wall 1 or more");
  compare("qcow2 zstd by qemu-img", "qcow2 zstd", times, "wall 1 or more");
  compare("qcow2 zstd by qemu-img -W", "qcow2 zstd", times, "wall 1 or more");
  compare("vmdk + ova, checked", "vmdk, checked", times, "wall 1.1 or less");
  compare("raw, copied", "raw, copied by cp", times, "about 1");
  for (const value of times) {
    const both = sum(row("qcow2, checked", value), row("vmdk, checked", value));
    const what = `five formats / qcow2 + vmdk, checked, ${value} (asked: wall 1.1 or less)`;
    printRatio(what, row("five formats, checked", value), both);
  }
}

function sum(one: Row, other: Row): Row {
  const values = one.values.map((value, index) => value + (other.values[index] ?? 0));
  return { name: `${one.name} + ${other.name}`, values };
}
