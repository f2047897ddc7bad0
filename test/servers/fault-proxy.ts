import { once } from "node:events";
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A request as it passed, or was stopped. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body that came in. */
  receivedBytes: number;
  /** Bytes of the answer's body that went out. */
  sentBytes: number;
  /** 0 until answered. */
  status: number;
}

export type Fault =
  /** Answers so, without asking the server. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly code?: string;
      /** In place of S3's error document. */
      readonly json?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Drops the connection once this many bytes of request bodies have passed, over all requests. */
  | { readonly type: "cut-upload"; readonly afterBytes: number }
  /** Drops the connection once this many bytes of this answer have passed. */
  | { readonly type: "cut-download"; readonly afterBytes: number }
  /** Lets the server do it, and drops the connection instead of answering. */
  | { readonly type: "lose-answer" }
  | { readonly type: "delay"; readonly milliseconds: number }
  /** Never answers, and never hangs up. */
  | { readonly type: "hold" };

export interface FaultRule {
  readonly fault: Fault;
  /** For how many requests; for all unless given. */
  readonly times?: number;
  readonly when?: (request: ProxiedRequest) => boolean;
}

export interface FaultProxy {
  readonly endpoint: string;
  readonly requests: readonly ProxiedRequest[];
  /** Later rules come first. */
  add(rule: FaultRule): void;
  /** Forgets all rules and requests. */
  reset(): void;
  stop(): Promise<void>;
}

interface ActiveRule extends FaultRule {
  left: number;
  passedBytes: number;
}

/**
 * Stands between a client and an HTTP server on this machine, lets everything through as it is
 * (the Host header too, which is signed), and does what the rules say. It serves as a forward proxy
 * as well: an absolute URL goes to the same server.
 */
export async function startFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const rules: ActiveRule[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url?.replace(/^http:\/\/[^/]+/, "") ?? "/";
    const record: ProxiedRequest = {
      method: incoming.method ?? "GET",
      path,
      headers: incoming.headers,
      receivedBytes: 0,
      sentBytes: 0,
      status: 0,
    };
    requests.push(record);
    const rule = rules.find(({ left, when }) => left > 0 && (when?.(record) ?? true));
    if (rule !== undefined) rule.left -= 1;
    void pass(upstreamPort, incoming, outgoing, record, rule);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    add: (rule) => rules.unshift({ ...rule, left: rule.times ?? Infinity, passedBytes: 0 }),
    reset: () => {
      rules.length = 0;
      requests.length = 0;
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

async function pass(
  upstreamPort: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  record: ProxiedRequest,
  rule: ActiveRule | undefined,
): Promise<void> {
  const fault = rule?.fault;
  if (fault?.type === "hold") return;
  if (fault?.type === "delay") await delay(fault.milliseconds);
  if (fault?.type === "status") {
    answerFault(incoming, outgoing, record, fault);
    return;
  }
  const upstream = send({
    host: "127.0.0.1",
    port: upstreamPort,
    method: record.method,
    path: record.path,
    headers: incoming.headers,
    agent: false,
  });
  const drop = () => {
    incoming.socket.destroy();
    upstream.destroy();
  };
  // A server may answer and close before it has read everything: then the answer still counts.
  upstream.on("error", () => {
    if (record.status === 0) drop();
  });
  incoming.on("error", () => upstream.destroy());
  outgoing.on("close", () => {
    if (!outgoing.writableEnded) upstream.destroy();
  });
  incoming.on("data", (chunk: Buffer) => {
    record.receivedBytes += chunk.length;
    if (rule === undefined || fault?.type !== "cut-upload") return;
    rule.passedBytes += chunk.length;
    if (rule.passedBytes > fault.afterBytes) drop();
  });
  upstream.on("response", (answer) => {
    record.status = answer.statusCode ?? 0;
    if (fault?.type === "lose-answer") {
      answer.resume().on("end", drop);
      return;
    }
    outgoing.writeHead(record.status, answer.headers);
    answer.on("data", (chunk: Buffer) => {
      record.sentBytes += chunk.length;
      if (fault?.type === "cut-download" && record.sentBytes > fault.afterBytes) drop();
    });
    answer.on("error", drop).pipe(outgoing);
  });
  incoming.pipe(upstream);
}

function answerFault(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  record: ProxiedRequest,
  { status, code = "InternalError", json, headers }: Extract<Fault, { readonly type: "status" }>,
): void {
  record.status = status;
  incoming.on("data", (chunk: Buffer) => (record.receivedBytes += chunk.length));
  incoming.on("end", () => {
    const type = json === undefined ? "application/xml" : "application/json";
    outgoing.writeHead(status, { "content-type": type, connection: "close", ...headers });
    const xml = `<Error><Code>${code}</Code><Message>injected by the test</Message></Error>`;
    const text = json === undefined ? xml : JSON.stringify(json);
    outgoing.end(record.method === "HEAD" ? undefined : text);
  });
}
