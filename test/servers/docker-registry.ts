import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One line of the registry's access log. */
export interface RegistryAccess {
  readonly method: string;
  /** Path and query of the request. */
  readonly path: string;
  readonly status: number;
}

export interface DockerRegistryOptions {
  /** Output lines of `htpasswd -B`. Default: no login is required. */
  readonly htpasswd?: string;
  /** PEM files of the certificate and key. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Redirects clients to a token server for their login. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly rootcertbundle: string;
  };
  /** Whether manifests may be deleted. Default: true. */
  readonly deletes?: boolean;
  /** Whether it is in its read-only mode for maintenance. */
  readonly readOnly?: boolean;
}

export interface RegistryServer {
  /** The address: `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface DockerRegistry extends RegistryServer {
  /** Folder with the registry's storage. */
  readonly folder: string;
  accessLog(): Promise<readonly RegistryAccess[]>;
}

/** Debian's registry over a temporary folder, on a free port of the loopback interface. */
export async function startDockerRegistry(
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const base = await mkdtemp(join(tmpdir(), "docker-registry-"));
  const folder = join(base, "data");
  const logFile = join(base, "server.log");
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const passwords = join(base, "htpasswd");
  await writeFile(passwords, options.htpasswd ?? "", { mode: 0o600 });
  const basic = { htpasswd: { realm: "tests", path: passwords } };
  const config = {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: folder },
      delete: { enabled: options.deletes ?? true },
      maintenance: { readonly: { enabled: options.readOnly ?? false } },
    },
    http: {
      addr: host,
      ...(options.tls !== undefined && {
        tls: { certificate: options.tls.certificate, key: options.tls.key },
      }),
    },
    ...(options.htpasswd !== undefined && { auth: basic }),
    ...(options.token !== undefined && { auth: { token: options.token } }),
  };
  const configFile = join(base, "config.yml");
  // JSON is valid YAML.
  await writeFile(configFile, JSON.stringify(config));
  const log = await open(logFile, "a");
  const server = spawn("docker-registry", ["serve", configFile], {
    stdio: ["ignore", log.fd, log.fd],
  });
  const stop = async () => {
    await ended(server);
    await log.close();
    await rm(base, { recursive: true, force: true });
  };
  await untilListening(server, "docker-registry", port, stop, logFile);
  return {
    host,
    port,
    folder,
    accessLog: async () => parseAccessLog(await readFile(logFile, "utf8")),
    stop,
  };
}

/** An in-memory registry that keeps the received part of a broken chunk (tools/oci-memory). */
export async function startMemoryRegistry(): Promise<RegistryServer> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const server = spawn("oci-memory", [host], { stdio: "ignore" });
  const stop = () => ended(server);
  await untilListening(server, "oci-memory", port, stop);
  return { host, port, stop };
}

function parseAccessLog(text: string): readonly RegistryAccess[] {
  const line = /^\S+ - \S+ \[[^\]]*\] "(\w+) (\S+) HTTP\/1\.1" (\d{3}) /gm;
  return [...text.matchAll(line)].map(([, method, path, status]) => ({
    method: method!,
    path: path!,
    status: Number(status),
  }));
}

const gone = new WeakSet<ChildProcess>();

async function untilListening(
  server: ChildProcess,
  program: string,
  port: number,
  stop: () => Promise<void>,
  logFile?: string,
): Promise<void> {
  server.once("exit", () => gone.add(server));
  server.once("error", () => gone.add(server));
  while (!(await isListening(port))) {
    if (gone.has(server)) {
      const text = logFile === undefined ? "" : await readFile(logFile, "utf8");
      await stop();
      throw new Error(`${program} did not start; run tools/set-up.sh --tests. ${text}`);
    }
    await delay(50);
  }
}

async function ended(server: ChildProcess): Promise<void> {
  if (gone.has(server)) return;
  const exited = once(server, "exit");
  server.kill("SIGKILL");
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
