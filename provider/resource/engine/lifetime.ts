import { subscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { describeThrown, StylusError } from "../../base/errors";
import { cancelled } from "../../base/cancellation";

/** The lifetime of one call from the engine. */
export interface CallLifetime {
  /** Aborted with a `StylusError` when the engine cancels, when it is gone, and at the deadline. */
  readonly signal: AbortSignal;
  /** The result of the work; rejects if the work does not end within the grace period after the abort. */
  readonly orAbort: <T>(work: Promise<T>) => Promise<T>;
  readonly end: () => void;
}

export interface CallLimits {
  readonly deadlineMinutes: number;
  /** How long the work may continue after the abort. Default 15 seconds. */
  readonly graceMilliseconds?: number;
}

/** Longer than the ten seconds that a build host gives its agent. */
const defaultGrace = 15_000;
/** Time for clean-up after the engine is gone. Agents end by themselves when this process exits. */
const exitMilliseconds = 4000;

const openCalls = new Set<AbortController>();
let listening = false;
let engineGone = false;

/**
 * Tracks a call until it ends, the engine cancels it or the engine is gone. Pulumi's runner ignores the engine's Cancel
 * call and keeps running when the engine is killed, so both are detected from the streams of its gRPC server: each call
 * is a stream, and so is Cancel.
 */
export function trackCall(what: string, limits: CallLimits): CallLifetime {
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
    orAbort: (work) => Promise.race([work, rejectAfter(call.signal, graceMilliseconds)]),
    end: () => {
      clearTimeout(deadline);
      openCalls.delete(call);
      exitWhenIdle();
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
    watchSession(stream.session);
    if (String(headers[":path"]).endsWith("/Cancel")) abortAll(cancelledByEngine());
    stream.once("aborted", engineIsGone);
  });
  // The runner ignores these, and the call that threw would never end.
  process.on("uncaughtException", (thrown) => abortAll(uncaught(thrown)));
}

const watchedSessions = new WeakSet<NodeJS.EventEmitter>();

/**
 * Detects an engine that is killed between calls, when no stream is open: its connection closes. A running engine may
 * close an idle connection too, so the engine's address is tried before it counts as gone.
 */
function watchSession(session: NodeJS.EventEmitter | undefined): void {
  if (session === undefined || watchedSessions.has(session)) return;
  watchedSessions.add(session);
  session.once("close", () => {
    const [, host, port] = /^([^/\s]+):(\d+)$/.exec(process.argv.at(-1) ?? "") ?? [];
    if (host === undefined) return;
    const call = connect({ host, port: Number(port) });
    call.once("connect", () => call.destroy()).once("error", engineIsGone);
  });
}

/** Ends all builds, then this process: nobody will read the results. */
function engineIsGone(): void {
  engineGone = true;
  abortAll(cancelledByEngine());
  setTimeout(() => process.exit(1), exitMilliseconds).unref();
  exitWhenIdle();
}

function exitWhenIdle(): void {
  if (engineGone && openCalls.size === 0) process.exit(1);
}

function abortAll(reason: StylusError): void {
  for (const call of openCalls) call.abort(reason);
}

function rejectAfter(signal: AbortSignal, graceMilliseconds: number): Promise<never> {
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
    next: "Run `pulumi up` again; it continues from the finished stages.",
  });
}

function outOfTime(what: string, minutes: number): StylusError {
  return new StylusError("internal", {
    what: `${what} did not end within ${minutes} minutes.`,
    next: "Run it again. Please report it if it happens again.",
  });
}

function uncaught(thrown: unknown): StylusError {
  return new StylusError("internal", {
    what: `The provider process threw an uncaught exception: ${describeThrown(thrown)}.`,
    why: "The process may be in an inconsistent state, so all open calls were ended.",
    next: "Run it again; it continues from the finished stages. Please report it with this text.",
    cause: thrown,
  });
}
