import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface UploadServer {
  readonly origin: string;
  /** File contents by path. A PUT in progress is visible from its first byte, as on a server that writes in place. */
  readonly files: Map<string, Buffer>;
  /** Requests with their status, such as `PUT /a/b.qcow2 201`, in the order of the answers. */
  readonly log: string[];
  /** An answer that replaces the operation; undefined performs the operation. */
  refuse: (method: string, path: string) => number | undefined;
  /** Additional headers of the answers to HEAD and GET. */
  tell: (content: Buffer) => Record<string, string>;
  /** Removes all files and the list of requests. */
  reset(): void;
  stop(): Promise<void>;
}

/** The simplest server that accepts PUT: it writes in place and supports `If-None-Match: *`, but not WebDAV. */
export async function startUploadServer(): Promise<UploadServer> {
  const files = new Map<string, Buffer>();
  const log: string[] = [];
  const server = createServer((request, response) => {
    response.on("close", () => {
      log.push(`${request.method ?? ""} ${request.url ?? ""} ${response.statusCode}`);
    });
    void answer(request, response, state).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const state: UploadServer = {
    origin: `http://127.0.0.1:${address.port}`,
    files,
    log,
    refuse: () => undefined,
    tell: () => ({}),
    reset: () => {
      files.clear();
      log.length = 0;
      state.refuse = () => undefined;
      state.tell = () => ({});
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return state;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, refuse, tell }: UploadServer,
): Promise<void> {
  const path = request.url ?? "/";
  const method = request.method ?? "GET";
  const end = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, headers).end();
  const refused = refuse(method, path);
  if (refused !== undefined) {
    end(refused);
    return;
  }
  const content = files.get(path);
  switch (method) {
    case "PUT": {
      if (content !== undefined && request.headers["if-none-match"] === "*") {
        end(412);
        return;
      }
      let written: Buffer = Buffer.alloc(0);
      files.set(path, written);
      for await (const chunk of request as AsyncIterable<Buffer>) {
        written = Buffer.concat([written, chunk]);
        files.set(path, written);
      }
      end(201);
      return;
    }
    case "GET":
    case "HEAD": {
      if (content === undefined) {
        end(404);
        return;
      }
      const start = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      const from = Number(start?.[1] ?? 0);
      const to = start?.[2] ? Number(start[2]) + 1 : content.length;
      const body = content.subarray(from, to);
      response.writeHead(start === null ? 200 : 206, {
        "content-length": body.length,
        ...(start !== null && {
          "content-range": `bytes ${from}-${from + body.length - 1}/${content.length}`,
        }),
        ...tell(content),
      });
      response.end(method === "HEAD" ? undefined : body);
      return;
    }
    case "DELETE":
      end(files.delete(path) ? 204 : 404);
      return;
    default:
      end(405);
  }
}
