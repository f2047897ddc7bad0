import type { InstalledFile } from "./installed-file";
import { lastLines, run } from "../process/run";

/** How libext2fs names a file system within a disk. */
function deviceAt(path: string, start: number): string {
  return `${path}?offset=${start}`;
}

interface Entry {
  readonly path: string;
  readonly directory: boolean;
  readonly sizeBytes: number;
}

/** Regular files of the first two levels. */
export async function listExt(
  path: string,
  start: number,
  signal: AbortSignal,
): Promise<readonly InstalledFile[]> {
  const top = await listFolders(deviceAt(path, start), ["/"], signal);
  const folders = top.filter(({ directory }) => directory).map((entry) => entry.path);
  const below = await listFolders(deviceAt(path, start), folders, signal);
  return [...top, ...below]
    .filter(({ directory }) => !directory)
    .map(({ path: name, sizeBytes }) => ({ path: name, sizeBytes }));
}

/** The text of a file; undefined if it does not exist. */
export async function readExtFile(
  path: string,
  start: number,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { stdout, stderr } = await debugfs(
    ["-R", `cat "${name}"`, deviceAt(path, start)],
    "",
    signal,
  );
  return stdout === "" && stderr.includes("not found") ? undefined : stdout;
}

export async function checkExt(
  path: string,
  start: number,
  signal: AbortSignal,
): Promise<{ health: "clean" | "damaged"; damage?: string }> {
  // 4: errors were found and not corrected, because of -n; 8: the check could not start.
  const { exitCode, stdout, stderr } = await run("e2fsck", ["-fn", deviceAt(path, start)], {
    signal,
    code: "verify.file-system-damaged",
    accepted: [0, 4, 8, 12],
  });
  if (exitCode === 0) return { health: "clean" };
  return { health: "damaged", damage: lastLines(stdout + stderr) };
}

async function listFolders(
  device: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  // A quote or a line break would end debugfs' command; no installer has such folders.
  const plain = folders.filter((folder) => !/["\n]/.test(folder));
  const commands = plain.map((folder) => `ls -p "${folder}"\n`).join("");
  const { stdout } = await debugfs(["-f", "-", device], commands, signal);
  return parseListing(stdout);
}

/** Output of `ls -p`, each after its command: `/13/100644/0/0/active.img/123456/`. */
export function parseListing(text: string): readonly Entry[] {
  let folder = "";
  return text.split("\n").flatMap((line) => {
    const command = /^debugfs: ls -p "(.*)"$/.exec(line)?.[1];
    if (command !== undefined) folder = command === "/" ? "" : command;
    const [, mode, name, size] = /^\/\d+\/(\d+)\/\d+\/\d+\/([^/]+)\/(\d*)\/$/.exec(line) ?? [];
    if (mode === undefined || name === undefined || name === "." || name === "..") return [];
    const kind = mode.slice(0, 2);
    if (kind !== "04" && kind !== "10") return [];
    return [{ path: `${folder}/${name}`, directory: kind === "04", sizeBytes: Number(size) }];
  });
}

/** Without -w, debugfs opens a file read-only. Its exit code is 0 or 1 whether it failed or not. */
export function debugfs(args: readonly string[], input: string, signal: AbortSignal) {
  return run("debugfs", args, { signal, input, code: "install.incomplete", accepted: [0, 1] });
}
