import { closeSync, openSync } from "node:fs";
import { lazy, memo } from "../../base/memo";
import type { CallLog } from "../handlers";

export interface StatusPace {
  /** Shown at once: something else has begun. */
  readonly begin: (message: string) => void;
  /** Shown when it is time for it again, unless a newer one came by then. */
  readonly show: (message: string) => void;
  /** Shows what still waits, and nothing after. */
  readonly end: () => void;
}

/** Milliseconds. A terminal's row is quick at first and slower in a long build; a log gets a few dozen lines from any. */
const intervals = {
  terminal: { shortest: 2000, longest: 15_000 },
  log: { shortest: 30_000, longest: 120_000 },
};
const partOfElapsed = 1 / 60;

/** Lets statuses through as often as their place bears; the newest is never lost, only late. */
export function statusPace(
  place: keyof typeof intervals,
  send: (message: string) => void,
  now: () => number = () => performance.now(),
): StatusPace {
  const { shortest, longest } = intervals[place];
  const started = now();
  let shown: string | undefined;
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === undefined || waiting === shown) return;
    shown = waiting;
    waiting = undefined;
    send(shown);
    const elapsed = now() - started;
    timer = setTimeout(flush, Math.min(longest, Math.max(shortest, elapsed * partOfElapsed)));
    timer.unref();
  };
  return {
    begin: (message) => {
      waiting = message;
      flush();
    },
    show: (message) => {
      waiting = message;
      if (timer === undefined) flush();
    },
    end: () => {
      flush();
      clearTimeout(timer);
    },
  };
}

type Severity = "info" | "warning";

interface Sender {
  (severity: Severity, message: string, lifetime: "kept" | "status"): void;
}

/** The log of one call; `end` shows the last status, if it is still to be shown. */
interface EngineLog extends CallLog {
  readonly end: () => void;
}

/** Writes to the resource's own row in `pulumi up`, or to standard error where there is no engine to tell. */
export function engineLog(urn: string | undefined): EngineLog {
  const send = urn === undefined ? toStandardError : toEngine(urn);
  const place = isWatched() ? "terminal" : "log";
  const pace = statusPace(place, (message) => send("info", message, "status"));
  return {
    info: (message) => send("info", message, "kept"),
    warn: (message) => send("warning", message, "kept"),
    stage: pace.begin,
    status: pace.show,
    end: pace.end,
  };
}

/** Whether there is a terminal, on which a status replaces the one before. In a log each is two lines, for ever. */
const isWatched = lazy((): boolean => {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return ["", "false"].includes(process.env["CI"] ?? "");
  } catch {
    return false;
  }
});

const toStandardError: Sender = (severity, message, lifetime) => {
  if (lifetime === "kept") process.stderr.write(`${severity}: ${message}\n`);
};

/** The runner's last argument is the engine's address. */
function toEngine(urn: string): Sender {
  const address = process.argv.at(-1) ?? "";
  if (!/^[^/\s]+:\d+$/.test(address)) return toStandardError;
  // Loaded with the first message: most calls have none.
  return (severity, message, lifetime) =>
    connect(address).log(urn, severity, withoutMarkup(message), lifetime);
}

/** The engine's display takes what stands behind this for a colour: a guest could write in its hand. */
function withoutMarkup(message: string): string {
  return message.replaceAll("<{%", "<{ %");
}

interface EngineClient {
  readonly log: (urn: string, ...rest: Parameters<Sender>) => void;
}

const clients = memo<EngineClient>();

function connect(address: string): EngineClient {
  return clients.get(address, () => makeClient(address));
}

/** The generated modules assign their exports when they run, which `import()` cannot see. */
function makeClient(address: string): EngineClient {
  const { EngineClient: Client } =
    require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
  const { LogRequest, LogSeverity } =
    require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
  const { credentials } = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const client = new Client(address, credentials.createInsecure());
  return {
    log: (urn, severity, message, lifetime) => {
      const request = new LogRequest();
      request.setSeverity(severity === "info" ? LogSeverity.INFO : LogSeverity.WARNING);
      request.setMessage(message);
      request.setUrn(urn);
      request.setEphemeral(lifetime === "status");
      // A lost line of the log is no reason to fail a build.
      client.log(request, () => undefined);
    },
  };
}
