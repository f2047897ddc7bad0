import { subscribe } from "node:diagnostics_channel";
import { StylusError } from "../spec/errors";

/** A call's share in the life of the engine that made it. */
export interface EngineLife {
  /** Aborted when the engine cancels or is gone, and when the time is over. */
  readonly signal: AbortSignal;
  /** The work's result, or the end of the call where the work does not end by itself soon after the signal. */
  readonly orEnd: <T>(work: Promise<T>) => Promise<T>;
  readonly end: () => void;
}

/** How long a call that was told to end may take before it is answered without it. */
const graceMilliseconds = 30_000;

const openCalls = new Set<AbortController>();
let listening = false;

/**
 * Pulumi's runner answers the engine's Cancel call with nothing, and goes on when the engine is killed. Both are seen
 * on the gRPC server's own streams: every call is one, and Cancel is a call.
 */
export function followEngine(deadlineMinutes: number, what: string): EngineLife {
  listen();
  const call = new AbortController();
  openCalls.add(call);
  const deadline = setTimeout(
    () => call.abort(outOfTime(what, deadlineMinutes)),
    deadlineMinutes * 60_000,
  );
  return {
    signal: call.signal,
    orEnd: (work) => Promise.race([work, endOf(call.signal)]),
    end: () => {
      clearTimeout(deadline);
      openCalls.delete(call);
    },
  };
}

function listen(): void {
  if (listening) return;
  listening = true;
  subscribe("http2.server.stream.start", (message) => {
    const { stream, headers } = message as {
      stream: NodeJS.EventEmitter;
      headers: Record<string, unknown>;
    };
    if (String(headers[":path"]).endsWith("/Cancel")) abortAll("The engine cancelled the update.");
    stream.once("aborted", () => engineIsGone());
  });
  // The runner swallows these, and the call that threw would stay open for ever.
  process.on("uncaughtException", (error) => abortAll(error));
}

/** A killed engine breaks its calls off. Nobody will read our answers: end the builds, then ourselves. */
function engineIsGone(): void {
  abortAll("The engine is gone.");
  setTimeout(() => process.exit(1), graceMilliseconds).unref();
}

function abortAll(reason: unknown): void {
  for (const call of openCalls) call.abort(reason);
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      const ended = new StylusError("build.cancelled", {
        what: "The call was ended before it was done.",
        next: "Run `pulumi up` again; it goes on with what is finished.",
        cause: signal.reason,
      });
      setTimeout(() => reject(ended), graceMilliseconds).unref();
    });
  });
}

function outOfTime(what: string, minutes: number): StylusError {
  return new StylusError("internal", {
    what: `${what} did not end within ${minutes} minutes.`,
    next: "Run it again; please report it if it happens again.",
  });
}
