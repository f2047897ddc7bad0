import { subscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { describeThrown, StylusError } from "../../base/errors";
import { cancelled } from "../../base/cancellation";

/** A call's share in the life of the engine that made it. */
export interface EngineLife {
  /** Aborted, always with a `StylusError`, when the engine cancels or is gone, and when the time is over. */
  readonly signal: AbortSignal;
  /** The work's result, or the end of the call where the work does not end by itself soon after the signal. */
  readonly orEnd: <T>(work: Promise<T>) => Promise<T>;
  readonly end: () => void;
}

export interface LifeLimits {
  readonly deadlineMinutes: number;
  /** How long a call that was told to end may take before it is answered without it. */
  readonly graceMilliseconds?: number;
}

/** Longer than a build host gives its agent. */
const defaultGrace = 15_000;
/** What a build may still tidy up when nobody will hear of it; its agent ends by itself without us. */
const farewellMilliseconds = 4000;

const openCalls = new Set<AbortController>();
let listening = false;
let engineGone = false;

/**
 * Pulumi's runner answers the engine's Cancel call with nothing, and goes on when the engine is killed. Both are seen
 * on the gRPC server's own streams: every call is one, and Cancel is a call.
 */
export function followEngine(what: string, limits: LifeLimits): EngineLife {
  const { deadlineMinutes, graceMilliseconds = defaultGrace } = limits;
  listen();
  const call = new AbortController();
  openCalls.add(call);
  const deadline = setTimeout(
    () => call.abort(outOfTime(what, deadlineMinutes)),
    deadlineMinutes * 60_000,
  );
  return {
    signal: call.signal,
    orEnd: (work) => Promise.race([work, endOf(call.signal, graceMilliseconds)]),
    end: () => {
      clearTimeout(deadline);
      openCalls.delete(call);
      leaveWhenIdle();
    },
  };
}

interface StreamStart {
  readonly stream: NodeJS.EventEmitter & { readonly session?: NodeJS.EventEmitter };
  readonly headers: Readonly<Record<string, unknown>>;
}

function listen(): void {
  if (listening) return;
  listening = true;
  subscribe("http2.server.stream.start", (message) => {
    const { stream, headers } = message as StreamStart;
    watch(stream.session);
    if (String(headers[":path"]).endsWith("/Cancel")) abortAll(cancelledByEngine());
    stream.once("aborted", engineIsGone);
  });
  // The runner swallows these, and the call that threw would stay open for ever.
  process.on("uncaughtException", (thrown) => abortAll(uncaught(thrown)));
}

const watched = new WeakSet<NodeJS.EventEmitter>();

/** Between calls a killed engine closes no stream, but its connection; a living one may close it too, when it rests. */
function watch(session: NodeJS.EventEmitter | undefined): void {
  if (session === undefined || watched.has(session)) return;
  watched.add(session);
  session.once("close", () => {
    const [, host, port] = /^([^/\s]+):(\d+)$/.exec(process.argv.at(-1) ?? "") ?? [];
    if (host === undefined) return;
    const call = connect({ host, port: Number(port) });
    call.once("connect", () => call.destroy()).once("error", engineIsGone);
  });
}

/** A killed engine breaks its calls off. Nobody will read our answers: end the builds, then ourselves. */
function engineIsGone(): void {
  engineGone = true;
  abortAll(cancelledByEngine());
  setTimeout(() => process.exit(1), farewellMilliseconds).unref();
  leaveWhenIdle();
}

function leaveWhenIdle(): void {
  if (engineGone && openCalls.size === 0) process.exit(1);
}

function abortAll(reason: StylusError): void {
  for (const call of openCalls) call.abort(reason);
}

function endOf(signal: AbortSignal, graceMilliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void =>
      void setTimeout(() => reject(cancelled(signal)), graceMilliseconds).unref();
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

function cancelledByEngine(): StylusError {
  return new StylusError("build.cancelled", {
    what: "The update was cancelled.",
    next: "Run `pulumi up` again; it goes on with what is finished.",
  });
}

function outOfTime(what: string, minutes: number): StylusError {
  return new StylusError("internal", {
    what: `${what} did not end within ${minutes} minutes.`,
    next: "Run it again; please report it if it happens again.",
  });
}

function uncaught(thrown: unknown): StylusError {
  return new StylusError("internal", {
    what: `Something in the provider process threw an exception that nobody caught: ${describeThrown(thrown)}.`,
    why: "What is left of the process cannot be trusted, so every call that was open is ended.",
    next: "Run it again; it goes on with what is finished. Please report it with this text.",
    cause: thrown,
  });
}
