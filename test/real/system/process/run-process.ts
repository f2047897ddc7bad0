import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Whether a process runs. A zombie does not: if PID 1 reaps late, `kill -0` would still succeed. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Polls until the condition is true; mocha's time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

const repository = join(__dirname, "..", "..", "..", "..");

/**
 * A shell command for a mount namespace of its own that makes this checkout accessible to every user: it may lie in a
 * home directory that only its owner can enter. The paths stay the same.
 */
export function openWay(): string {
  const parents: string[] = [];
  for (let path = dirname(repository); path !== "/"; path = dirname(path)) parents.unshift(path);
  const closed = parents.find((path) => (statSync(path).mode & 1) === 0);
  if (closed === undefined) return `cd ${repository}`;
  return [
    "way=$(mktemp -d)",
    `mount --bind ${repository} "$way"`,
    `mount -t tmpfs -o mode=755 tmpfs ${closed}`,
    `mkdir -p ${repository}`,
    `mount --bind "$way" ${repository}`,
    'umount "$way"',
    'rmdir "$way"',
    `cd ${repository}`,
  ].join(" && ");
}

/** Starts a TypeScript program by its path relative to this file. */
export function startScript(
  script: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
): ChildProcess {
  const [program = "", ...rest] = [
    ...wrapper,
    process.execPath,
    ...["--require", "ts-node/register", join(__dirname, script), ...args],
  ];
  const env = { ...process.env, HOME: tmpdir() };
  return spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"], env });
}

/** The next words on a program's standard output. */
export async function nextOutput(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    return String(chunk).trim();
  }
  throw new Error(`The program ended (${child.exitCode}) without a word.`);
}

/** All output of a program, after its end. */
export async function wholeOutput(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  return text.trim();
}

/** Runs a test in a new temporary folder. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-test-"));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
