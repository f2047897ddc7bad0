import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile, type FileHandle } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import { z } from "zod";
import { makeAuthority, type Authority, type SignedCertificate } from "./authority";

export interface KubeAnswer {
  readonly status: number;
  /** The parsed JSON, or the text of a response that is not JSON. */
  readonly body: unknown;
  /** The server's warnings about ignored fields. */
  readonly warnings: readonly string[];
}

interface Named {
  readonly metadata: { readonly name: string };
}

export interface KubeApiServer {
  readonly url: string;
  /** Token of a member of `system:masters`. */
  readonly token: string;
  /** The server's certificate in PEM. */
  readonly ca: string;
  /** A kubeconfig with the token and the certificate. */
  readonly kubeconfig: string;
  /** Client certificate `front-proxy`, which identifies the server to aggregated API servers. */
  readonly frontProxyCa: string;
  /** Issues a client certificate for a login. */
  certify(user: string, group: string): Promise<SignedCertificate>;
  /** Sends a request; `path` includes the query, and an object as body is sent as JSON. */
  call(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    options?: { readonly body?: object; readonly contentType?: string },
  ): Promise<KubeAnswer>;
  /** Posts CustomResourceDefinitions, and waits until they are served. */
  establish(crds: readonly Named[]): Promise<void>;
  /** Deletes CustomResourceDefinitions with all their objects, and waits until they are gone. */
  withdraw(crds: readonly Named[]): Promise<void>;
  /** Changes the status of an object, as a controller would. */
  patchStatus(path: string, status: object): Promise<KubeAnswer>;
  stop(): Promise<void>;
}

/** A real API server with its etcd, in a temporary folder, on free ports of the loopback interface. */
export async function startKubeApiServer(): Promise<KubeApiServer> {
  const folder = await mkdtemp(join(tmpdir(), "kube-apiserver-"));
  const log = await open(join(folder, "server.log"), "a");
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await end(child);
    await log.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const etcd = await startEtcd(folder, log, children);
    const authority = await makeAuthority(folder);
    return await startServer(folder, etcd, authority, log, children, stop);
  } catch (thrown) {
    const text = await readFile(join(folder, "server.log"), "utf8");
    await stop();
    throw new Error(`No API server; run tools/set-up.sh --tests. ${text.slice(-2000)}`, {
      cause: thrown,
    });
  }
}

async function startEtcd(
  folder: string,
  log: FileHandle,
  children: ChildProcess[],
): Promise<string> {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  children.push(
    start(log, "etcd", [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      // The data needs no durability: it does not outlive the test.
      "--unsafe-no-fsync",
    ]),
  );
  await until(children, async () => (await request(`${url}/health`)).statusCode === 200);
  return url;
}

async function startServer(
  folder: string,
  etcd: string,
  authority: Authority,
  log: FileHandle,
  children: ChildProcess[],
  stop: () => Promise<void>,
): Promise<KubeApiServer> {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const token = randomBytes(16).toString("hex");
  const tokens = join(folder, "tokens.csv");
  const key = join(folder, "service-accounts.pem");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(tokens, `${token},test,test,system:masters\n`, { mode: 0o600 });
  await writeFile(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  const proxy = await authority.certify("front-proxy");
  children.push(
    start(log, "kube-apiserver", [
      `--etcd-servers=${etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, "certificates")}`,
      `--token-auth-file=${tokens}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--service-account-issuer=${url}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      `--client-ca-file=${authority.file}`,
      // The connection to aggregated API servers, such as CDI's.
      `--proxy-client-cert-file=${proxy.certificateFile}`,
      `--proxy-client-key-file=${proxy.keyFile}`,
      `--requestheader-client-ca-file=${authority.file}`,
      "--requestheader-allowed-names=front-proxy",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      // No controller creates service accounts here.
      "--disable-admission-plugins=ServiceAccount",
    ]),
  );
  const certificate = join(folder, "certificates", "apiserver.crt");
  await until(children, async () => (await readFile(certificate, "utf8")).includes("END"));
  const ca = await readFile(certificate, "utf8");
  const call = caller(url, token, ca);
  await until(children, async () => {
    const [ready, namespace] = [await call("GET", "/readyz"), await call("GET", defaultNamespace)];
    return ready.status === 200 && namespace.status === 200;
  });
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(url, token, ca), { mode: 0o600 });
  return {
    url,
    token,
    ca,
    kubeconfig,
    frontProxyCa: authority.certificate,
    certify: authority.certify,
    call,
    establish: (crds) => establish(call, crds),
    withdraw: (crds) => withdraw(call, crds),
    patchStatus: (path, status) =>
      call("PATCH", `${path}/status`, {
        body: { status },
        contentType: "application/merge-patch+json",
      }),
    stop,
  };
}

const crdsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const defaultNamespace = "/api/v1/namespaces/default";

function caller(url: string, token: string, ca: string): KubeApiServer["call"] {
  const dispatcher = new Agent({ connect: { ca } });
  return async (method, path, { body, contentType = "application/json" } = {}) => {
    const answer = await request(url + path, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, "content-type": contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const warnings = answer.headers["warning"] ?? [];
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      body: text.startsWith("{") ? (JSON.parse(text) as unknown) : text,
      warnings: [warnings].flat(),
    };
  };
}

async function establish(call: KubeApiServer["call"], crds: readonly Named[]): Promise<void> {
  for (const crd of crds) {
    const { status, body } = await call("POST", crdsPath, { body: crd });
    if (status !== 201) throw new Error(`${crd.metadata.name}: ${JSON.stringify(body)}`);
  }
  for (const { metadata } of crds) {
    await until([], async () => {
      const { spec, status } = crdSchema.parse(
        (await call("GET", `${crdsPath}/${metadata.name}`)).body,
      );
      if (!status.conditions.some((it) => it.type === "Established" && it.status === "True")) {
        return false;
      }
      const list = `/apis/${spec.group}/${spec.versions[0].name}/${spec.names.plural}`;
      return (await call("GET", list)).status === 200;
    });
  }
}

async function withdraw(call: KubeApiServer["call"], crds: readonly Named[]): Promise<void> {
  for (const { metadata } of crds) {
    const path = `${crdsPath}/${metadata.name}`;
    await call("DELETE", path);
    await until([], async () => (await call("GET", path)).status === 404);
  }
}

const crdSchema = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ plural: z.string() }),
    versions: z.tuple([z.object({ name: z.string() })]),
  }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});

function start(log: FileHandle, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ["ignore", log.fd, log.fd] });
  // A program that failed to start rejects every wait for it.
  child.on("error", () => undefined);
  return child;
}

/** Waits until the condition is true; fails if a required program has ended. */
async function until(
  children: readonly ChildProcess[],
  isTrue: () => Promise<boolean>,
): Promise<void> {
  while (!(await isTrue().catch(() => false))) {
    const gone = children.find((child) => child.pid === undefined || hasEnded(child));
    if (gone !== undefined) throw new Error(`${gone.spawnfile} ended or is not installed`);
    await delay(50);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
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

function kubeconfigOf(server: string, token: string, ca: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "test",
        cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "default" } }],
    "current-context": "test",
  });
}
