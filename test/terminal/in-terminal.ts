import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { openScreen, type Screen } from "./screen";

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A program in a pseudo-terminal, with the screen that it draws. */
export interface TerminalRun {
  readonly screen: Screen;
  /** The unprocessed output so far. */
  readonly raw: () => string;
  readonly type: (text: string) => void;
  /** Waits until the program has stopped and continues it, as a shell's `fg` does; `script` stops with it. */
  readonly resume: () => Promise<void>;
  /** Changes the size of the terminal, and then notifies the program, as when a window is resized. */
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** Resolves when the condition holds for the lines of the screen; fails after five minutes. */
  readonly until: (condition: (lines: readonly string[]) => boolean) => Promise<void>;
  /** The exit code, after all output was shown. */
  readonly ended: Promise<number | undefined>;
}

/** Runs a program in a pseudo-terminal, with `script` of util-linux. */
export async function inTerminal(
  command: readonly string[],
  { columns, rows, cwd, env = {} }: TerminalOptions,
): Promise<TerminalRun> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-terminal-"));
  const device = join(folder, "device");
  const pid = join(folder, "pid");
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const line = `stty cols ${columns} rows ${rows}; tty >'${device}'; echo $$ >'${pid}'; exec ${quoted}`;
  const script = execa("script", ["-qefc", line, "/dev/null"], {
    cwd,
    env: { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...plainTerminal, ...env },
    reject: false,
  });
  const screen = openScreen(columns, rows);
  let raw = "";
  let shown = Promise.resolve();
  const decoder = new TextDecoder();
  script.stdout.on("data", (chunk: Buffer) => {
    const text = decoder.decode(chunk, { stream: true });
    raw += text;
    shown = screen.show(text);
  });
  const resize = async (newColumns: number, newRows: number): Promise<void> => {
    const path = (await readFile(device, "utf8")).trim();
    await shown;
    screen.resize(newColumns, newRows);
    await execa("stty", ["-F", path, "cols", String(newColumns), "rows", String(newRows)]);
  };
  const until = async (condition: (lines: readonly string[]) => boolean): Promise<void> => {
    const deadline = performance.now() + 300_000;
    while (!condition(screen.lines())) {
      if (performance.now() > deadline)
        throw new Error(`the screen shows:\n${screen.lines().join("\n")}`);
      await delay(50);
    }
  };
  const ended = script.then(async ({ exitCode }) => {
    await shown;
    await rm(folder, { recursive: true, force: true });
    return exitCode;
  });
  return {
    screen,
    raw: () => raw,
    type: (text) => void script.stdin.write(text),
    resume: async () => {
      await isStopped(Number(await readFile(pid, "utf8")));
      script.kill("SIGCONT");
    },
    resize,
    until,
    ended,
  };
}

async function isStopped(pid: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!/^\d+ \(.*\) T /s.test(await readFile(`/proc/${pid}/stat`, "latin1"))) {
    if (performance.now() > deadline) throw new Error("it did not stop");
    await delay(50);
  }
}

const plainTerminal = { TERM: "xterm-256color", LC_ALL: "C.UTF-8", TMUX: undefined };
