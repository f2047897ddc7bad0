import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { redactor, secretsOf } from "../agent/redact";
import { StylusError } from "../base/errors";
import { type AgentEvent, agentEventSchema } from "../plan/events";
import type { BuildRequest } from "../plan/plan";
import type { BuildHostSpec } from "../schema/image";
import type { ImageState } from "../schema/state";
import { agentCount, semaphore } from "../system/lock/semaphore";
import { threadPoolSize } from "../system/process/thread-pool";
import { BuildFailure, type BuildHost } from "./host";

interface LocalHostOptions {
  /** Path of the agent's program. Default: the one of this package. */
  readonly agentPath?: string;
}

/** Time until a cancelled agent is killed. It normally ends by itself sooner. */
const graceMilliseconds = 10_000;

/** Builds on this machine. The agent is a child process that ends when its standard input is closed. */
export function localHost(options: LocalHostOptions = {}): BuildHost {
  const agentPath = options.agentPath ?? join(__dirname, "..", "agent", "main.js");
  return {
    build: (request, onEvent, signal) => {
      const message = "Waiting for the builds of other images of this stack.";
      const onWait = (): void => onEvent({ type: "log", level: "info", message });
      return agents.run({ signal, onWait }, () => runAgent(agentPath, request, onEvent, signal));
    },
  };
}

const agents = semaphore(agentCount());

async function runAgent(
  agentPath: string,
  request: BuildRequest,
  onEvent: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<ImageState> {
  const { execa } = await import("execa");
  const agent = execa(process.execPath, [agentPath], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    buffer: { stdout: false, stderr: true },
    maxBuffer: 1_000_000,
    reject: false,
    // The agent compresses in libuv's thread pool, whose size is read from the environment at start.
    env: { UV_THREADPOOL_SIZE: threadPoolSize() },
    // In its own process group, so that Ctrl-C does not reach the agent before `cancel` ends it in order.
    detached: true,
    cleanup: true,
  });
  const redact = redactor(secretsOf(request));
  // An agent that dies closes the pipe first; its exit status is reported instead.
  agent.stdin.on("error", () => undefined);
  agent.stdin.write(`${JSON.stringify(request)}\n`);

  let killer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    agent.stdin.end();
    killer = setTimeout(() => agent.kill("SIGKILL"), graceMilliseconds);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });

  let state: ImageState | undefined;
  let failure: StylusError | undefined;
  try {
    for await (const line of createInterface({ input: agent.stdout })) {
      const event = parseEvent(line, redact);
      if (event.type === "result") state = event.state;
      if (event.type === "error") failure = new StylusError(event.code, event);
      onEvent(event);
    }
    const result = await agent;
    // If the agent failed without an error event, the state holds what it had published.
    if (failure === undefined && (state === undefined || result.exitCode !== 0)) {
      failure = signal.aborted
        ? cancelled()
        : died(result.exitCode, result.signal, redact(result.stderr));
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    clearTimeout(killer);
    agent.stdin.destroy();
  }
  if (failure !== undefined) throw new BuildFailure(failure, state);
  if (state === undefined) throw new BuildFailure(cancelled(), undefined);
  return state;
}

function parseEvent(line: string, redact: (text: string) => string): AgentEvent {
  try {
    return agentEventSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new StylusError("host.agent-died", {
      what: "The agent wrote a line that is not an event.",
      why: "Another program wrote to its standard output, or the package is damaged.",
      next: "Reinstall pulumi-stylus-image.",
      tail: redact(line).slice(0, 500),
      cause,
    });
  }
}

function cancelled(): StylusError {
  return new StylusError("build.cancelled", {
    what: "The build was cancelled.",
    next: "Run it again to continue from the finished stages.",
  });
}

function died(
  exitCode: number | undefined,
  signal: string | undefined,
  stderr: string,
): StylusError {
  const status = signal === undefined ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
  return new StylusError("host.agent-died", {
    what: `The agent ended without a result (${status}).`,
    why:
      signal === "SIGKILL"
        ? "It was killed, or the machine ran out of memory (see `dmesg`)."
        : undefined,
    next: "Run it again; it continues from the finished stages.",
    tail: stderr.split("\n").slice(-15).join("\n"),
  });
}

/** The build host that a spec names. */
export function openHost({ agent }: BuildHostSpec, rootDirectory: string): BuildHost {
  return localHost(agent === undefined ? {} : { agentPath: resolve(rootDirectory, agent) });
}
