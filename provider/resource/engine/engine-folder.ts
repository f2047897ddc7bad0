import { readFileSync, readlinkSync } from "node:fs";

/** Processes between the engine and this one: the shell script that starts the runner, and one more. */
const mostAncestors = 4;

/**
 * The working directory of the engine's process, from which it looks for the project file. The engine does not pass it on,
 * so it is read from the process table; undefined where there is none, as on macOS.
 */
export function engineFolder(): string | undefined {
  try {
    let pid = process.ppid;
    for (let count = 0; count < mostAncestors && pid > 1; count++) {
      if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi") {
        return readlinkSync(`/proc/${pid}/cwd`);
      }
      pid = parentOf(pid);
    }
  } catch {
    // No process table, or a process of another user.
  }
  return undefined;
}

/** The name of the process, in parentheses, may contain anything. */
function parentOf(pid: number): number {
  const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return Number(parent ?? 0);
}
