import { z } from "zod";
import { StylusError } from "../../../base/errors";
import { run } from "../../../system/process/run";
import { cancelled, throwIfCancelled } from "../../../base/cancellation";
import type { KubeContext } from "./config";
import type { ExecConfig } from "./config-file";

/** Credentials of a user of a cluster. */
export interface KubeCredentials {
  readonly token?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

const credentialSchema = z.object({
  kind: z.literal("ExecCredential"),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** Credentials that expire within this time are not used any more, in milliseconds. */
const margin = 10_000;

interface CachedCredentials {
  readonly credentials: KubeCredentials;
  readonly expiresAt: number;
}

/** Cache of plugin credentials, keyed by exec config and server: a plugin may take a second, and a stack has many images. */
const cache = new Map<string, Promise<CachedCredentials>>();

/** Runs the context's credential plugin, unless its cached credentials are still valid and are not the `rejected` ones. */
export async function execCredentials(
  context: KubeContext,
  exec: ExecConfig,
  signal: AbortSignal,
  rejected?: KubeCredentials,
): Promise<KubeCredentials> {
  const key = JSON.stringify([exec, context.server.href]);
  const last = cache.get(key);
  const known = await last?.catch(() => undefined);
  const newer = cache.get(key);
  // Another image of the stack has just run the plugin.
  if (newer !== undefined && newer !== last) return (await newer).credentials;
  const isValid = known !== undefined && known.expiresAt > Date.now() + margin;
  if (isValid && known.credentials !== rejected) return known.credentials;
  const running = runPlugin(context, exec, signal);
  cache.set(key, running);
  return (await running).credentials;
}

async function runPlugin(
  context: KubeContext,
  exec: ExecConfig,
  signal: AbortSignal,
): Promise<CachedCredentials> {
  const { apiVersion, command, args, env, installHint } = exec;
  const error = (why: string, tail?: string): StylusError =>
    new StylusError("publish.denied", {
      what: `The credential plugin \`${command}\` of ${context.name} gave no credentials.`,
      why,
      next:
        installHint ??
        "Run `kubectl get namespaces` in that context, which runs the plugin as well.",
      tail,
    });
  if (!apiVersions.includes(apiVersion)) throw error(`Its API version ${apiVersion} is too old.`);
  const info = {
    apiVersion,
    kind: "ExecCredential",
    // No user is at the agent's standard input.
    spec: { interactive: false, ...(exec.provideClusterInfo && { cluster: clusterInfo(context) }) },
  };
  let credential: z.infer<typeof credentialSchema>["status"];
  try {
    const running = run(command, args, {
      signal,
      code: "publish.denied",
      // A kubeconfig may hold a client's secret there.
      arguments: "secret",
      env: {
        ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify(info),
      },
    });
    const { stdout } = await unlessAborted(running, signal);
    credential = credentialSchema.parse(JSON.parse(stdout)).status;
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!(thrown instanceof StylusError)) throw error("Its output is not an ExecCredential.");
    if (thrown.code === "host.tool-missing") throw error("The program is not on PATH.");
    throw error(thrown.details.what, thrown.details.tail);
  }
  const expiresAt = Date.parse(credential.expirationTimestamp ?? "");
  return {
    credentials: {
      token: credential.token,
      certificate: credential.clientCertificateData,
      key: credential.clientKeyData,
    },
    expiresAt: Number.isNaN(expiresAt) ? Infinity : expiresAt,
  };
}

/** Rejects at once on abort: the children of a plugin that is a script may keep its output open after it was killed. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(cancelled(signal));
    signal.addEventListener("abort", onAbort, { once: true, signal: ended.signal });
  });
  return Promise.race([work, aborted]).finally(() => ended.abort());
}

function clusterInfo({ server, cluster }: KubeContext): Record<string, unknown> {
  return {
    server: server.href.replace(/\/$/, ""),
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"] || undefined,
    "certificate-authority-data": cluster["certificate-authority-data"],
    "proxy-url": cluster["proxy-url"],
  };
}
