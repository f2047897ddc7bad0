import { readdir, readFile, stat } from "node:fs/promises";
import { pause } from "../../base/cancellation";

/** dpkg's journal: numbered files remain here if it was killed. */
const journal = "/var/lib/dpkg/updates";

/**
 * Locks of dpkg and apt. apt-get waits only for those of dpkg, and only with DPkg::Lock::Timeout (apt 2.4 to 3.0); dpkg
 * waits for none.
 */
const locks = [
  "/var/lib/dpkg/lock-frontend",
  "/var/lib/dpkg/lock",
  "/var/lib/apt/lists/lock",
  "/var/cache/apt/archives/lock",
];

/** Whether dpkg was interrupted, by the rule of apt-get. */
export async function isDpkgInterrupted(): Promise<boolean> {
  const names = await readdir(journal).catch(() => []);
  return names.some((name) => /^\d+$/.test(name));
}

export interface Wait {
  readonly signal: AbortSignal;
  readonly milliseconds: number;
  /** Called once for each program that is waited for. */
  readonly note: (text: string) => void;
}

/** Waits until no other program works with packages. After the time limit, apt-get itself reports the lock. */
export async function waitForPackages({ signal, milliseconds, note }: Wait): Promise<void> {
  const reported = new Set<number>();
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const holder = await lockHolder();
    if (holder === undefined) return;
    const { pid, path } = holder;
    if (!reported.has(pid))
      note(`Waiting for ${await programName(pid)}, which has ${path} locked.`);
    reported.add(pid);
    await pause(500, signal);
  }
}

interface Holder {
  readonly pid: number;
  readonly path: string;
}

async function lockHolder(): Promise<Holder | undefined> {
  const held = await readFile("/proc/locks", "latin1").catch(() => "");
  for (const path of locks) {
    const file = await stat(path).catch(() => undefined);
    const pid = file && holderIn(held, file.ino);
    if (pid !== undefined) return { pid, path };
  }
  return undefined;
}

/** The process with a lock on the file with that inode, from the lines of /proc/locks. */
export function holderIn(held: string, inode: number): number | undefined {
  for (const line of held.split("\n")) {
    const match = /^\d+: POSIX +\S+ +WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (match !== null && Number(match[2]) === inode) return Number(match[1]);
  }
  return undefined;
}

async function programName(pid: number): Promise<string> {
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  return name === "" ? `process ${pid}` : `${name.trim()} (process ${pid})`;
}
