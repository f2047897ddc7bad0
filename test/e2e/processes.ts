import { readdir, readFile } from "node:fs/promises";

/** Processes whose command line names that text; zombies do not count, for nobody may reap them here. */
export async function ourProcesses(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const [command, state] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
    ]);
    const isZombie = state.slice(state.lastIndexOf(")") + 2).startsWith("Z");
    if (command.includes(text) && !isZombie) found.push(`${pid} ${command.replaceAll("\0", " ")}`);
  }
  return found;
}
