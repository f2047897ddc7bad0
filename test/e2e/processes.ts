import { readdir, readFile } from "node:fs/promises";

/**
 * Lines of "PID COMMAND" of the running processes whose command line contains `text` and whose environment contains
 * `environment`. The latter distinguishes the processes of concurrent tests. Zombies do not count, because on some
 * machines PID 1 does not reap them.
 */
export async function runningProcesses(text: string, environment = ""): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const command = await read("cmdline");
    if (!command.includes(text) || !(await read("environ")).includes(environment)) continue;
    const stat = await read("stat");
    const isRunning = stat !== "" && !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
    if (isRunning) found.push(`${pid} ${command.replaceAll("\0", " ")}`);
  }
  return found;
}
