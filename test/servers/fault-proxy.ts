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

/** A request that passed through the proxy or was stopped by it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query of the request. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Received bytes of the request's body. */
  receivedBytes: number;
  /** Sent bytes of the response's body. */
  sentBytes: number;
  /** 0 until the response. */
  status: number;
}

export type Fault =
  /** Responds with this status without a request to the server. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly code?: string;
      /** Replaces S3's error document. */
      readonly json?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Closes the connection after this many bytes of request bodies, counted over all requests. */
  | { readonly type: "cut-upload"; readonly afterBytes: number }
  /** Closes the connection after this many bytes of this response. */
  | { readonly type: "cut-download"; readonly afterBytes: number }
  /** Passes the request on, and closes the connection instead of responding. */
  | { readonly type: "lose-answer" }
  | { readonly type: "delay"; readonly milliseconds: number }
  /** Never responds and never closes the connection. */
  | { readonly type: "hold" }
  /** Changes the text of the response. */
  | { readonly type: "rewrite"; readonly from: RegExp; readonly to: string };

export interface FaultRule {
  readonly fault: Fault;
  /** Number of requests to which the rule applies. Default: all. */
  readonly times?: number;
  readonly when?: (request: ProxiedRequest) => boolean;
}

export interface FaultProxy {
  readonly endpoint: string;
  readonly requests: readonly ProxiedRequest[];
  /** Rules; a later rule takes precedence. */
  add(rule: FaultRule): void;
  /** Removes all rules and requests. */
  reset(): void;
  stop(): Promise<void>;
}

interface ActiveRule extends FaultRule {
  left: number;
  passedBytes: number;
}

/**
 * A proxy between a client and an HTTP server on this machine. It passes everything unchanged (including the Host
 * header, which is signed) unless a rule applies. It is also a forward proxy: requests for an absolute URL go to the
 * same server.
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
  // A server may respond and close the connection before it has read the whole request; the response still counts.
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
    if (fault?.type === "rewrite") {
      const chunks: Buffer[] = [];
      answer
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8").replaceAll(fault.from, fault.to);
          const headers = { ...answer.headers, "content-length": String(Buffer.byteLength(text)) };
          delete headers["transfer-encoding"];
          outgoing.writeHead(record.status, headers).end(text);
        });
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
