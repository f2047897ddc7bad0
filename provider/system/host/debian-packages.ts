import { readdir, readFile, stat } from "node:fs/promises";
import { pause } from "../../base/cancellation";

/** Where dpkg notes what it is about to do; numbered files stay there when it was killed. */
const journal = "/var/lib/dpkg/updates";

/**
 * apt-get waits by itself for those of dpkg only, when it is told to (DPkg::Lock::Timeout, apt 2.4 to 3.0), and dpkg for
 * none.
 */
const locks = [
  "/var/lib/dpkg/lock-frontend",
  "/var/lib/dpkg/lock",
  "/var/lib/apt/lists/lock",
  "/var/cache/apt/archives/lock",
];

/** As apt-get decides it. */
export async function isDpkgInterrupted(): Promise<boolean> {
  const names = await readdir(journal).catch(() => []);
  return names.some((name) => /^\d+$/.test(name));
}

export interface Wait {
  readonly signal: AbortSignal;
  readonly milliseconds: number;
  /** Told once of each program that is waited for. */
  readonly note: (text: string) => void;
}

/** Until no other program is at work with packages, or the time is over: then apt-get says who is in its way. */
export async function waitForPackages({ signal, milliseconds, note }: Wait): Promise<void> {
  const told = new Set<number>();
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const holder = await lockHolder();
    if (holder === undefined) return;
    const { pid, path } = holder;
    if (!told.has(pid)) note(`Waiting for ${await programName(pid)}, which has ${path} locked.`);
    told.add(pid);
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

/** Who has a lock on the file with that inode, from the lines of /proc/locks. */
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
