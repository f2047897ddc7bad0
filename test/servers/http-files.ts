import { createServer, request as forward, type Server, type ServerResponse } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** The server's behaviour; every field can be changed between requests. */
export interface Behaviour {
  content: Buffer;
  etag: string | undefined;
  lastModified: string | undefined;
  honoursRanges: boolean;
  /** Omits Content-Length, as a proxy with chunked encoding does. */
  chunked: boolean;
  /** Ends a body after this many bytes as if it were complete; needs `chunked`. */
  cutAfter: number | undefined;
  /** Closes the connection after this many bytes of a body, and the remaining number of times to do so. */
  dropAfter: number;
  dropsLeft: number;
  /** Waits 5 ms before every 64 KiB. */
  slow: boolean;
  /** Responds with this status to every request. */
  status: number | undefined;
  /** Redirects every path other than this one. */
  redirectTo: string | undefined;
  requiredHeader: { readonly name: string; readonly value: string } | undefined;
  /** Behaves like a presigned URL: responds with 403 to every method other than GET. */
  presigned: boolean;
}

export interface Access {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage["headers"];
  status: number;
  /** Bytes of the body that were written to the socket. */
  sent: number;
}

export interface FileServer {
  readonly url: string;
  readonly origin: string;
  readonly behaviour: Behaviour;
  readonly log: Access[];
  close(): Promise<void>;
}

export interface FileServerOptions extends Partial<Behaviour> {
  /** With key and certificate in PEM it is an https server. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A web server with one file and configurable faults. */
export async function serveFile(options: FileServerOptions): Promise<FileServer> {
  const { tls, ...given } = options;
  const behaviour: Behaviour = {
    content: Buffer.alloc(0),
    etag: '"v1"',
    lastModified: "Wed, 21 Oct 2026 07:28:00 GMT",
    honoursRanges: true,
    chunked: false,
    cutAfter: undefined,
    dropAfter: 0,
    dropsLeft: 0,
    slow: false,
    status: undefined,
    redirectTo: undefined,
    requiredHeader: undefined,
    presigned: false,
    ...given,
  };
  const log: Access[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const access: Access = {
      method: request.method ?? "",
      path: request.url ?? "",
      range: request.headers.range,
      headers: request.headers,
      status: 0,
      sent: 0,
    };
    log.push(access);
    void answer(request, response, behaviour, access).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const origin = `${tls === undefined ? "http" : "https"}://127.0.0.1:${await listen(server)}`;
  return { url: `${origin}/installer.iso`, origin, behaviour, log, close: () => shut(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: Behaviour,
  access: Access,
): Promise<void> {
  const head = headOf(request, behaviour);
  access.status = head.status;
  response.writeHead(head.status, head.headers);
  response.flushHeaders();
  for (const piece of piecesOf(head.body)) {
    if (behaviour.slow) await delay(5);
    if (behaviour.dropsLeft > 0 && access.sent >= behaviour.dropAfter) {
      behaviour.dropsLeft -= 1;
      response.destroy();
      return;
    }
    if (behaviour.cutAfter !== undefined && access.sent >= behaviour.cutAfter) break;
    if (response.destroyed) return;
    const flushed = response.write(piece);
    access.sent += piece.length;
    if (!flushed) await drained(response);
  }
  response.end();
}

interface Head {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function headOf(request: IncomingMessage, behaviour: Behaviour): Head {
  const { content, etag, lastModified, requiredHeader, redirectTo } = behaviour;
  const plain = (status: number, headers = {}) => ({ status, headers, body: Buffer.from("no\n") });
  if (behaviour.status !== undefined) return plain(behaviour.status);
  if (behaviour.presigned && request.method !== "GET") return plain(403);
  if (requiredHeader !== undefined) {
    if (request.headers[requiredHeader.name] !== requiredHeader.value) return plain(401);
  }
  if (redirectTo !== undefined && !redirectTo.endsWith(request.url ?? "")) {
    return plain(302, { location: redirectTo });
  }
  const headers: Record<string, string> = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { "last-modified": lastModified }),
  };
  const condition = request.headers["if-range"];
  const current = condition === undefined || condition === etag || condition === lastModified;
  const start = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (start === null || !behaviour.honoursRanges || !current) {
    const length = behaviour.chunked ? {} : { "content-length": String(content.length) };
    return { status: 200, headers: { ...headers, ...length }, body: content };
  }
  const from = Number(start[1]);
  if (from >= content.length) {
    return plain(416, { ...headers, "content-range": `bytes */${content.length}` });
  }
  const to = start[2] === "" ? content.length - 1 : Math.min(Number(start[2]), content.length - 1);
  const body = content.subarray(from, to + 1);
  const length = behaviour.chunked ? {} : { "content-length": String(body.length) };
  headers["content-range"] = `bytes ${from}-${to}/${content.length}`;
  return { status: 206, headers: { ...headers, ...length }, body };
}

function* piecesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

export interface Proxy {
  readonly url: string;
  /** `GET http://host/path` or `CONNECT host:port`. */
  readonly log: string[];
  close(): Promise<void>;
}

/** A forward proxy that records its requests. */
export async function serveProxy(): Promise<Proxy> {
  const log: string[] = [];
  const tunnels = new Set<Socket>();
  const server = createServer((request, response) => {
    const target = request.url ?? "";
    log.push(`${request.method ?? ""} ${target}`);
    const { method, headers } = request;
    const onward = forward(
      target,
      { ...(method === undefined ? {} : { method }), headers },
      (from) => {
        response.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request, client: Socket) => {
    const target = new URL(`http://${request.url ?? ""}`);
    log.push(`CONNECT ${request.url ?? ""}`);
    const upstream = connect(Number(target.port || "80"), target.hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      tunnels.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => tunnels.delete(socket));
    }
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const close = async () => {
    for (const socket of tunnels) socket.destroy();
    await shut(server);
  };
  return { url, log, close };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function shut(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
