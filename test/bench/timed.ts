import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** Time and memory of one run of a program. */
export interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
}

/** A whole process with its children, as the kernel accounts for it. */
export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> {
  const times = join(tmpdir(), `times-${process.pid}`);
  await execa("/usr/bin/time", ["-o", times, "-f", "%e %U %S %M", command, ...args], { env });
  const [wall = 0, user = 0, system = 0, peak = 0] = (await readFile(times, "utf8"))
    .trim()
    .split(" ")
    .map(Number);
  await rm(times);
  return { wall, cpu: user + system, peakMiB: peak / 1024 };
}
