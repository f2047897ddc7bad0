import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { cancelled, throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { type QmpEvent, answerSchema, greetingSchema, qmpEventSchema } from "./messages";

function connectionEnded(waitedFor: string): StylusError {
  return new StylusError("install.qemu-died", {
    what: `QEMU closed its monitor socket before \`${waitedFor}\` was complete.`,
    why: "QEMU exited, or it was killed.",
    next: "Read QEMU's last output and the kernel log (out of memory?), and run this again.",
  });
}

function noAnswer(command: string, seconds: number): StylusError {
  return new StylusError("install.qemu-died", {
    what: `QEMU did not answer \`${command}\` within ${seconds} s.`,
    why: "QEMU hangs, or the build host is overloaded.",
    next: "Look at the load and the disks of the build host, and run this again.",
  });
}

function refused(command: string, error: { class: string; desc: string }): StylusError {
  return new StylusError("internal", {
    what: `QEMU refused \`${command}\`: ${error.desc} (${error.class}).`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer; 60 s unless given: a busy disk can hold up QEMU's main loop. */
  readonly seconds?: number | undefined;
}

type Arguments = Readonly<Record<string, unknown>>;
type EventOf<N extends QmpEvent["event"]> = Extract<QmpEvent, { event: N }>;

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StylusError) => void;
}

/** A guest with a failing disk may cause endless events. */
const keptEvents = 1000;

/** A connection to QEMU's monitor. Every call ends with the socket, its deadline or its signal. */
export class QmpConnection {
  /** Resolves when the socket has ended, from either side; never rejects. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #events: QmpEvent[] = [];
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #lastId = 0;
  #version = 0;

  /** Uses a connected socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    // A killed QEMU resets the connection, which readline emits again. `close` follows, and fails all calls.
    socket.on("error", () => undefined);
    createInterface({ input: socket, crlfDelay: Infinity })
      .on("error", () => undefined)
      .on("line", (line) => this.#receive(line));
    this.ended = new Promise((resolve) => {
      socket.once("close", () => {
        for (const { command, reject } of this.#pending.values()) reject(connectionEnded(command));
        resolve();
      });
    });
  }

  /** QEMU's version, from its greeting: 7.1 is 7001. */
  get version(): number {
    return this.#version;
  }

  /** Calls `listener` for every event of this connection, also for earlier ones. Returns a function that stops this. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    for (const event of [...this.#events]) listener(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first event of that name, also an earlier one; fails if the socket ends without one. */
  async firstEvent<N extends QmpEvent["event"]>(name: N, signal: AbortSignal): Promise<EventOf<N>> {
    throwIfCancelled(signal);
    const stops: (() => void)[] = [];
    try {
      return await new Promise<EventOf<N>>((resolve, reject) => {
        const isWanted = (event: QmpEvent): event is EventOf<N> => event.event === name;
        const abort = () => reject(cancelled(signal));
        signal.addEventListener("abort", abort);
        stops.push(() => signal.removeEventListener("abort", abort));
        stops.push(this.onEvent((event) => isWanted(event) && resolve(event)));
        void this.ended.then(() => reject(connectionEnded(name)));
      });
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** Runs a command and returns its result, which the caller parses. */
  async execute(
    command: string,
    args: Arguments = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    const { signal, seconds = 60 } = options;
    if (signal !== undefined) throwIfCancelled(signal);
    if (this.#socket.destroyed) throw connectionEnded(command);
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { command, resolve, reject });
    });
    const pending = this.#pending.get(id);
    const timer = setTimeout(() => pending?.reject(noAnswer(command, seconds)), seconds * 1000);
    const abort = () => signal !== undefined && pending?.reject(cancelled(signal));
    signal?.addEventListener("abort", abort);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  /** Closes the connection; QEMU goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message = parseJson(line);
    const answer = answerSchema.safeParse(message);
    if (answer.success) this.#answer(answer.data);
    const event = qmpEventSchema.safeParse(message);
    if (event.success) this.#emit(event.data);
    const greeting = greetingSchema.safeParse(message);
    if (greeting.success) this.#version = versionNumber(greeting.data);
  }

  #answer(answer: z.infer<typeof answerSchema>): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    if ("error" in answer) pending.reject(refused(pending.command, answer.error));
    else pending.resolve(answer.return);
  }

  #emit(event: QmpEvent): void {
    if (this.#events.push(event) > keptEvents) this.#events.shift();
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function versionNumber({ QMP }: z.infer<typeof greetingSchema>): number {
  const { major, minor } = QMP.version.qemu;
  return major * 1000 + minor;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
