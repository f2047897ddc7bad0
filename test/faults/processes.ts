import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Place } from "./place";

export interface Process {
  readonly pid: number;
  readonly command: string;
  readonly environment: string;
}

/**
 * All processes of the builds of one place, found by its folders in their command line or environment. Zombies are left
 * out, because the machine may have no process that reaps them.
 */
export async function processesOf(place: Place): Promise<Process[]> {
  const found: Process[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const read = (file: string): Promise<string> =>
      readFile(`/proc/${name}/${file}`, "utf8").catch(() => "");
    const [command, environment, stat] = [
      await read("cmdline"),
      await read("environ"),
      await read("stat"),
    ];
    const ours = command.includes(place.folder) || environment.includes(place.temporary);
    const isZombie = stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
    if (ours && !isZombie) found.push({ pid: Number(name), command, environment });
  }
  return found;
}

/** The process whose command line matches. */
export async function findProcess(place: Place, program: RegExp): Promise<Process> {
  const all = await processesOf(place);
  const found = all.find(({ command }) => program.test(command.replaceAll("\0", " ")));
  if (found !== undefined) return found;
  throw new Error(
    `no ${program} among:\n${all.map(({ pid, command }) => `${pid} ${command}`).join("\n")}`,
  );
}

/** A QEMU that runs a guest. */
export const qemuProcess = /^\S*qemu-system-x86_64 .*-name stylus-image/;
export const agentProcess = /^\S*node \S*agent[^/ ]*\.js\b/;

/** Waits up to five minutes until the condition is true. */
export async function eventually(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const until = performance.now() + 300_000; performance.now() < until;) {
    if (await isTrue()) return;
    await delay(100);
  }
  throw new Error(`not true after five minutes: ${what}`);
}

export async function everythingEnded(place: Place): Promise<void> {
  await eventually("no process is left", async () => (await processesOf(place)).length === 0);
}
