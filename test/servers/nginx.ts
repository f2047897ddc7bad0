import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One line of nginx's access log. */
export interface NginxAccess {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of request line, headers and body. */
  readonly receivedBytes: number;
  /** Bytes of the response's body. */
  readonly sentBytes: number;
  readonly range: string;
}

export interface Nginx {
  readonly origin: string;
  readonly port: number;
  /** The served folder. */
  readonly folder: string;
  accessLog(): Promise<readonly NginxAccess[]>;
  clearLog(): Promise<void>;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /**
   * `webdav` supports MOVE, announces it by OPTIONS, and creates folders only by MKCOL; `put` supports PUT and
   * DELETE, and creates folders implicitly.
   */
  readonly kind: "webdav" | "put" | "read-only";
  /** The Authorization header that every request other than GET and HEAD needs. */
  readonly authorization?: string;
  /** Largest request body in bytes. */
  readonly largestBody?: number;
  /** Paths of key and certificate; with them the server uses https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A real nginx over a temporary folder, on a free port of the loopback interface. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const base = await mkdtemp(join(tmpdir(), "nginx-"));
  const folder = join(base, "files");
  const accessFile = join(base, "access.log");
  await mkdir(folder);
  const port = await freePort();
  const configuration = join(base, "nginx.conf");
  await writeFile(configuration, configurationOf(options, base, port));
  const server = spawn("nginx", ["-p", base, "-c", configuration, "-e", join(base, "error.log")], {
    stdio: "ignore",
  });
  const exited = once(server, "exit");
  exited.catch(() => undefined);
  const state = { gone: false };
  server.once("exit", () => (state.gone = true));
  server.once("error", () => (state.gone = true));
  const stop = async () => {
    if (!state.gone) {
      server.kill("SIGTERM");
      await exited;
    }
    await rm(base, { recursive: true, force: true });
  };
  while (!(await isListening(port))) {
    if (state.gone) {
      const text = await readFile(join(base, "error.log"), "utf8").catch(() => "");
      await stop();
      throw new Error(`nginx did not start; run tools/set-up.sh --tests. ${text}`);
    }
    await delay(20);
  }
  return {
    origin: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    folder,
    accessLog: async () =>
      (await readFile(accessFile, "utf8"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as NginxAccess),
    clearLog: () => writeFile(accessFile, ""),
    stop,
  };
}

function configurationOf(options: NginxOptions, base: string, port: number): string {
  const { kind, authorization, largestBody = 0, tls } = options;
  const methods = {
    webdav: "dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS;",
    put: "dav_methods PUT DELETE; create_full_put_path on;",
    "read-only": "",
  }[kind];
  const guard =
    authorization === undefined
      ? ""
      : `set $refused "$request_method $http_authorization";
         if ($refused !~ "^(GET|HEAD|.* ${authorization}$)") { return 401; }`;
  const secure =
    tls === undefined ? "" : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  const log =
    '{"method":"$request_method","path":"$request_uri","status":$status,"receivedBytes":$request_length,"sentBytes":$body_bytes_sent,"range":"$http_range"}';
  return `
    daemon off;
    worker_processes 1;
    pid ${base}/nginx.pid;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
    events {}
    http {
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${base}/${name};`).join("\n")}
      log_format json escape=json '${log}';
      access_log ${base}/access.log json;
      server {
        listen 127.0.0.1:${port}${tls === undefined ? "" : " ssl"};
        ${secure}
        client_max_body_size ${largestBody};
        location / { root ${base}/files; ${methods} ${guard} }
      }
    }
  `;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
