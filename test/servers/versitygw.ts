import { execa } from "execa";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One line of the server's access log. */
export interface AccessLogEntry {
  /** The operation: `PutObject`, `UploadPart`, `HeadObject`, ... */
  readonly operation: string;
  readonly bucket: string;
  /** `-` if the request has none. */
  readonly key: string;
  readonly status: number;
  readonly error: string;
  readonly bytesSent: number;
  /** Size of a written object; the server does not log the size of parts. */
  readonly objectSize: number;
  readonly line: string;
}

export interface Versitygw {
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The root folder: every bucket is a folder in it, every object a file. */
  readonly folder: string;
  /** Standard output and error of the server so far. */
  readonly logFile: string;
  accessLog(): Promise<readonly AccessLogEntry[]>;
  createBucket(name: string): Promise<void>;
  /** A user without permissions; present only if the server was started with `users`. */
  createUser(accessKeyId: string, secretAccessKey: string): Promise<void>;
  stop(): Promise<void>;
}

/** A real S3 server over a temporary folder, on a free port of the loopback interface. */
export async function startVersitygw(
  options: { readonly region?: string; readonly port?: number; readonly users?: boolean } = {},
): Promise<Versitygw> {
  const base = await mkdtemp(join(tmpdir(), "versitygw-"));
  const folder = join(base, "buckets");
  const logFile = join(base, "server.log");
  const accessFile = join(base, "access.log");
  await mkdir(folder);
  const users = join(base, "users");
  await mkdir(users);
  const host = "127.0.0.1";
  const port = options.port ?? (await freePort());
  const region = options.region ?? "us-east-1";
  const accessKeyId = "AKIATESTTESTTEST";
  const secretAccessKey = "secret-for-tests-only";

  const log = await open(logFile, "a");
  const program = process.env["STYLUS_TEST_VERSITYGW"] ?? "versitygw";
  const args = ["--port", `${host}:${port}`, "--region", region, "--access-log", accessFile];
  if (options.users === true) args.push("--iam-dir", users, "--iam-cache-disable");
  const server = spawn(program, [...args, "--keep-alive", "--quiet", "posix", folder], {
    stdio: ["ignore", log.fd, log.fd],
    env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  });
  const exited = once(server, "exit");
  exited.catch(() => undefined);
  const state = { gone: false };
  server.once("exit", () => (state.gone = true));
  server.once("error", () => (state.gone = true));
  const stop = async () => {
    if (!state.gone) {
      server.kill("SIGKILL");
      await exited;
    }
    await log.close();
    await rm(base, { recursive: true, force: true });
  };
  while (!(await isListening(host, port))) {
    if (state.gone) {
      const text = await readFile(logFile, "utf8");
      await stop();
      throw new Error(`versitygw (${program}) did not start; run tools/set-up.sh --tests. ${text}`);
    }
    await delay(50);
  }
  return {
    endpoint: `http://${host}:${port}`,
    host,
    port,
    region,
    accessKeyId,
    secretAccessKey,
    folder,
    logFile,
    accessLog: async () => parseAccessLog(await readFile(accessFile, "utf8")),
    createBucket: async (name) => {
      await mkdir(join(folder, name));
    },
    createUser: async (access, secret) => {
      const admin = ["admin", "--access", accessKeyId, "--secret", secretAccessKey];
      const at = ["--region", region, "--endpoint-url", `http://${host}:${port}`];
      const user = ["create-user", "--access", access, "--secret", secret, "--role", "user"];
      await execa(program, [...admin, ...at, ...user]);
    },
    stop,
  };
}

/** The format of S3's access logs: times are in brackets, requests in quotes or unquoted. */
export function parseAccessLog(text: string): readonly AccessLogEntry[] {
  return text.split("\n").flatMap((line) => {
    const fields =
      /^\S+ (\S+) \[[^\]]*\] \S+ \S+ \S+ (\S+) (\S+) (.+?) (\d{3}) (\S+) (\d+) (\d+) /.exec(line);
    if (fields === null) return [];
    const [, bucket, operation, key, , status, error, bytesSent, objectSize] = fields;
    return [
      {
        bucket: bucket!,
        operation: operation!.replace(/^s3_/, ""),
        key: key!,
        status: Number(status),
        error: error!,
        bytesSent: Number(bytesSent),
        objectSize: Number(objectSize),
        line,
      },
    ];
  });
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

async function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
