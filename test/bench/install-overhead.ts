import { execa } from "execa";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSeed } from "../../provider/formats/iso/seed";
import { seedFiles } from "../../provider/plan/user-data/seed-files";
import { installArguments } from "../../provider/plan/qemu-arguments";
import { findRecipe, latestRecipe } from "../../provider/plan/recipe";
import { generateUserData } from "../../provider/plan/user-data/generate";
import { requireImageSpec } from "../../provider/schema/parse";
import { machineFor } from "../../provider/system/host/capacity";
import { standInInstaller } from "../servers/stand-in";
import { runAgent } from "./agent-run";
import { printRatio, printTable, type Row } from "./table";

const rounds = 3;

/** Alternating runs of plain QEMU and the engine's install stage with the same argv, ISO, user-data and disk size. */
export async function installOverhead(): Promise<void> {
  const installer = await standInInstaller({ payload: "8MiB" });
  const inputs = {
    installer,
    // Enough written data that the install takes a minute or more under TCG.
    userData: { standin: { payloadMiB: 1500 } },
    machine: { diskSize: "8GiB", memory: "1536MiB", accelerator: "tcg" },
    formats: ["raw"],
    verify: { boot: false },
    publishTo: [{ type: "directory", path: "images" }],
  };
  const bare: { wall: number; cpu: number }[] = [];
  const engine: { wall: number; cpu: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await runBare(inputs));
    const run = await runAgent(inputs);
    engine.push({ wall: run.stages["install"] ?? NaN, cpu: run.cpuSeconds });
    await rm(run.folder, { recursive: true, force: true });
  }
  const row = (name: string, runs: typeof bare, key: "wall" | "cpu"): Row => ({
    name,
    values: runs.map((run) => run[key]),
  });
  const walls = [
    row("engine, install stage", engine, "wall"),
    row("bare QEMU", bare, "wall"),
  ] as const;
  const cpus = [row("engine, whole agent", engine, "cpu"), row("bare QEMU", bare, "cpu")] as const;
  printTable("Install, wall time", "s", walls);
  printRatio("engine / bare", ...walls);
  printTable(
    "Install, CPU time (the agent's includes inspection, verification and digest)",
    "s",
    cpus,
  );
  printRatio("engine / bare", ...cpus);
}

async function runBare(inputs: Record<string, unknown>): Promise<{ wall: number; cpu: number }> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-bare-"));
  const spec = requireImageSpec(inputs);
  const recipe = findRecipe(latestRecipe);
  if (recipe === undefined) throw new Error("no recipe");
  const disk = join(folder, "disk.raw");
  const seed = join(folder, "seed.iso");
  await writeFile(disk, "");
  await truncate(disk, spec.machine.diskSize);
  const { document } = generateUserData({ ...spec, reader: "auto" });
  await makeSeed(seed, seedFiles(document), new AbortController().signal);
  const size = await machineFor(spec.machine);
  const args = installArguments(
    spec.machine,
    recipe,
    { ...size, accelerator: "tcg", cpuModel: "Nehalem", socketDirectory: folder },
    { uuid: "11111111-2222-3333-4444-555555555555", mac: "52:54:00:11:22:33", serial: "bench" },
    { disk, cds: [String(inputs["installer"]), seed], serialLog: join(folder, "serial.log") },
  ).filter((argument) => argument !== "-S");
  const times = join(folder, "times");
  await execa("/usr/bin/time", ["-o", times, "-f", "%e %U %S", "qemu-system-x86_64", ...args], {
    stdin: "ignore",
  });
  const [wall = 0, user = 0, system = 0] = (await readFile(times, "utf8"))
    .trim()
    .split(" ")
    .map(Number);
  await rm(folder, { recursive: true, force: true });
  return { wall, cpu: user + system };
}
