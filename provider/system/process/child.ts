import { delimiter } from "node:path";
import type { Writable } from "node:stream";
import { throwIfCancelled } from "../../base/cancellation";
import { reportToolStart } from "./started-tools";

/** Only the end of a child's standard error is kept. */
const keptErrorBytes = 64 * 1024;
const graceMilliseconds = 5000;

/**
 * `setpriv --pdeathsig` lets the kernel kill the child when this process dies, even by SIGKILL. If this process dies
 * just before that is set, the child would survive: so the shell checks that its parent is still the one that started
 * it, and only then executes the tool. All of them are one process, by exec.
 */
const becomeTool = 'test "$PPID" = "$0" && exec "$@"';

export interface ChildOptions {
  /** Aborting it ends the child: SIGTERM, and SIGKILL five seconds later. */
  readonly signal: AbortSignal;
  readonly cwd?: string | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Standard input of the child; empty unless given. With `pipe`, the caller writes to `stdin`. */
  readonly input?: Uint8Array | "pipe" | undefined;
  /** `secret` if they may hold passwords: then only the program's name is reported. */
  readonly arguments?: "plain" | "secret" | undefined;
  readonly onStdout?: ((chunk: Buffer) => void) | undefined;
  readonly onStderr?: ((chunk: Buffer) => void) | undefined;
}

export interface ChildEnd {
  /** Undefined if a signal ended it, or if it could not be started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The end of its standard error. */
  readonly stderr: string;
  /** Why it could not be started. */
  readonly failure: Error | undefined;
}

export interface Child {
  readonly pid: number | undefined;
  /** Only with `input: "pipe"`. */
  readonly stdin: Writable | undefined;
  /** Resolves when the process has ended and its output is read to the end; never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM, and SIGKILL five seconds later. */
  stop(): void;
  /** SIGKILL. */
  kill(): void;
}

/** PATH, followed by the folders that only root has in it: ordinary users would not find `blkid` otherwise. */
export function searchPath(): string {
  const own = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const added = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter((it) => !own.includes(it));
  return [...own, ...added].join(delimiter);
}

/** Arguments of setpriv for a tool that runs only under this parent, and is killed with it. */
export function guardedArguments(
  parent: number,
  tool: string,
  args: readonly string[],
): readonly string[] {
  const guard = ["--pdeathsig", "KILL", "--", "/bin/sh", "-c", becomeTool, String(parent)];
  return [...guard, tool, ...args];
}

/** Starts an external program that cannot outlive this process. */
export function startChild(tool: string, args: readonly string[], options: ChildOptions): Child {
  throwIfCancelled(options.signal);
  reportToolStart(tool, options.arguments === "secret" ? ["..."] : args);
  // Loaded with the first child: a program that starts none does not need it.
  const { execa } = require("execa") as typeof import("execa");
  const child = execa("setpriv", guardedArguments(process.pid, tool, args), {
    cwd: options.cwd ?? process.cwd(),
    env: { ...options.env, LC_ALL: "C", PATH: searchPath() },
    stdin: options.input instanceof Uint8Array ? [options.input] : (options.input ?? "ignore"),
    encoding: "buffer",
    buffer: false,
    reject: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: graceMilliseconds,
  });
  const stderr = keepEnd(keptErrorBytes);
  child.stderr.on("data", stderr.add);
  if (options.onStderr !== undefined) child.stderr.on("data", options.onStderr);
  child.stdout.on("data", options.onStdout ?? (() => undefined));
  // A child may stop reading early; its exit code says whether that is an error.
  child.stdin?.on("error", () => undefined);
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    ended: child.then(({ exitCode, signal, cause }) => {
      const failure = child.pid === undefined && cause instanceof Error ? cause : undefined;
      return { exitCode, signal, stderr: stderr.text(), failure };
    }),
    stop: () => void child.kill(),
    kill: () => void child.kill("SIGKILL"),
  };
}

function keepEnd(limit: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add: (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      while (chunks[1] !== undefined && size - (chunks[0]?.length ?? 0) >= limit) {
        size -= chunks.shift()?.length ?? 0;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-limit).toString("utf8"),
  };
}
