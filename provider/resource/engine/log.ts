import { closeSync, openSync } from "node:fs";
import { lazy, memo } from "../../base/memo";
import type { CallLog } from "../handlers";
import { throttleStatus } from "./throttle-status";

type Severity = "info" | "warning";

/** `kept` messages stay on the screen; a `status` is replaced by the next one. */
interface Sender {
  (severity: Severity, message: string, lifetime: "kept" | "status"): void;
}

/** The log of one call. */
interface EngineLog extends CallLog {
  /** Shows the last status if it was delayed. */
  readonly end: () => void;
}

/** A log on the resource's row in `pulumi up`, or on standard error if there is no engine. */
export function engineLog(urn: string | undefined): EngineLog {
  const send = urn === undefined ? toStandardError : toEngine(urn);
  const output = hasTerminal() ? "terminal" : "log";
  const throttle = throttleStatus(output, (message) => send("info", message, "status"));
  return {
    info: (message) => send("info", message, "kept"),
    warn: (message) => send("warning", message, "kept"),
    stage: throttle.begin,
    status: throttle.show,
    end: throttle.end,
  };
}

/** Whether statuses replace each other on a terminal. In a log each status adds two lines. */
const hasTerminal = lazy((): boolean => {
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

/** The address of the engine is the last argument of the provider process. */
function toEngine(urn: string): Sender {
  const address = process.argv.at(-1) ?? "";
  if (!/^[^/\s]+:\d+$/.test(address)) return toStandardError;
  // gRPC is loaded with the first message: most calls have none.
  return (severity, message, lifetime) =>
    connect(address).log(urn, severity, withoutMarkup(message), lifetime);
}

/** Breaks up `<{%`, which starts colour markup in the engine's display: a guest's console could inject it. */
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

/** Uses `require`, because `import()` does not see the exports that the generated modules assign at run time. */
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
      // Errors are ignored: a lost log line must not fail a build.
      client.log(request, () => undefined);
    },
  };
}
