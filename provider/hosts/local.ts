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
  /** The agent's program; the default is this package's own. */
  readonly agentPath?: string;
}

/** How long a cancelled agent may take to end; it ends by itself before that, unless it hangs altogether. */
const graceMilliseconds = 10_000;

/** This machine: the agent is a child process that ends when its standard input does. */
export function localHost(options: LocalHostOptions = {}): BuildHost {
  const agentPath = options.agentPath ?? join(__dirname, "..", "agent", "main.js");
  return {
    build: (request, onEvent, signal) => {
      const message = "Other images of this stack are being seen to; waiting for their agents.";
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
    // The agent compresses in libuv's pool, which takes its size from the environment at the start.
    env: { UV_THREADPOOL_SIZE: threadPoolSize() },
    // Ctrl-C reaches the whole process group; the agent is ended by us, in order.
    detached: true,
    cleanup: true,
  });
  const redact = redactor(secretsOf(request));
  // A dying agent closes its end first; that is told by its exit, not by the pipe.
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
    const ended = await agent;
    // Without an error, what an agent said that then failed is what was finished by then.
    if (failure === undefined && (state === undefined || ended.exitCode !== 0)) {
      failure = signal.aborted
        ? cancelled()
        : died(ended.exitCode, ended.signal, redact(ended.stderr));
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
      what: "The agent wrote something that is no event.",
      why: "Another program may have written to its standard output, or the package is damaged.",
      next: "Install pulumi-stylus-image again.",
      tail: redact(line).slice(0, 500),
      cause,
    });
  }
}

function cancelled(): StylusError {
  return new StylusError("build.cancelled", {
    what: "The build was cancelled.",
    next: "Run it again to go on with what is finished.",
  });
}

function died(
  exitCode: number | undefined,
  signal: string | undefined,
  stderr: string,
): StylusError {
  const how = signal === undefined ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
  return new StylusError("host.agent-died", {
    what: `The agent ended without a result (${how}).`,
    why:
      signal === "SIGKILL"
        ? "Somebody killed it, or the machine ran out of memory (see `dmesg`)."
        : undefined,
    next: "Run it again: it goes on with what is finished.",
    tail: stderr.split("\n").slice(-15).join("\n"),
  });
}

/** The build host that a spec names. */
export function openHost({ agent }: BuildHostSpec, rootDirectory: string): BuildHost {
  return localHost(agent === undefined ? {} : { agentPath: resolve(rootDirectory, agent) });
}
