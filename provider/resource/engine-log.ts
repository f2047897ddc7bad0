import type { CallLog } from "./handlers";

type Severity = "info" | "warning";

interface Sender {
  (severity: Severity, message: string, lifetime: "kept" | "status"): void;
}

const statusEveryMilliseconds = 2000;

/** Writes to the resource's own row in `pulumi up`, or to standard error where there is no engine to tell. */
export function engineLog(urn: string | undefined): CallLog {
  const send = urn === undefined ? toStandardError : toEngine(urn);
  let last = 0;
  return {
    info: (message) => send("info", message, "kept"),
    warn: (message) => send("warning", message, "kept"),
    status: (message) => {
      const now = performance.now();
      if (now - last < statusEveryMilliseconds) return;
      last = now;
      send("info", message, "status");
    },
  };
}

const toStandardError: Sender = (severity, message, lifetime) => {
  if (lifetime === "kept") process.stderr.write(`${severity}: ${message}\n`);
};

/** The runner's last argument is the engine's address. */
function toEngine(urn: string): Sender {
  const address = process.argv.at(-1) ?? "";
  if (!/^[^/\s]+:\d+$/.test(address)) return toStandardError;
  // Loaded with the first message: most calls have none.
  return (severity, message, lifetime) => connect(address).log(urn, severity, message, lifetime);
}

interface EngineClient {
  readonly log: (urn: string, ...rest: Parameters<Sender>) => void;
}

const clients = new Map<string, EngineClient>();

function connect(address: string): EngineClient {
  const known = clients.get(address);
  if (known !== undefined) return known;
  const client = makeClient(address);
  clients.set(address, client);
  return client;
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
