import { z } from "zod";
import { StylusError } from "../../../base/errors";
import { run } from "../../../system/process/run";
import { cancelled, throwIfCancelled } from "../../../base/cancellation";
import type { KubeContext } from "./config";
import type { ExecConfig } from "./config-file";

/** What a cluster is told of who asks. */
export interface KubeCredentials {
  readonly token?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

const answerSchema = z.object({
  kind: z.literal("ExecCredential"),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** A token that ends within this is no longer begun with, in milliseconds. */
const margin = 10_000;

interface Remembered {
  readonly credentials: KubeCredentials;
  readonly until: number;
}

/** Answers by what was asked: a plugin may take a second, and a stack has many images. */
const remembered = new Map<string, Promise<Remembered>>();

/** Runs the context's credential plugin, unless its last answer still holds and is not what the cluster has `refused`. */
export async function execCredentials(
  context: KubeContext,
  exec: ExecConfig,
  signal: AbortSignal,
  refused?: KubeCredentials,
): Promise<KubeCredentials> {
  const key = JSON.stringify([exec, context.server.href]);
  const last = remembered.get(key);
  const known = await last?.catch(() => undefined);
  const newer = remembered.get(key);
  // Another image of the stack has just asked for all of them.
  if (newer !== undefined && newer !== last) return (await newer).credentials;
  const holds = known !== undefined && known.until > Date.now() + margin;
  if (holds && known.credentials !== refused) return known.credentials;
  const asked = askPlugin(context, exec, signal);
  remembered.set(key, asked);
  return (await asked).credentials;
}

async function askPlugin(
  context: KubeContext,
  exec: ExecConfig,
  signal: AbortSignal,
): Promise<Remembered> {
  const { apiVersion, command, args, env, installHint } = exec;
  const fault = (why: string, tail?: string): StylusError =>
    new StylusError("publish.denied", {
      what: `The credential plugin \`${command}\` of ${context.name} gave no credentials.`,
      why,
      next: installHint ?? "Run `kubectl get namespaces` in that context, which asks it as well.",
      tail,
    });
  if (!apiVersions.includes(apiVersion)) throw fault(`It speaks ${apiVersion}, which is too old.`);
  const info = {
    apiVersion,
    kind: "ExecCredential",
    // Nobody sits at an agent's standard input.
    spec: { interactive: false, ...(exec.provideClusterInfo && { cluster: clusterInfo(context) }) },
  };
  let answer: z.infer<typeof answerSchema>["status"];
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
    answer = answerSchema.parse(JSON.parse(stdout)).status;
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!(thrown instanceof StylusError)) throw fault("It answered otherwise than a plugin does.");
    if (thrown.code === "host.tool-missing") throw fault("The program is not on PATH.");
    throw fault(thrown.details.what, thrown.details.tail);
  }
  const until = Date.parse(answer.expirationTimestamp ?? "");
  return {
    credentials: {
      token: answer.token,
      certificate: answer.clientCertificateData,
      key: answer.clientKeyData,
    },
    until: Number.isNaN(until) ? Infinity : until,
  };
}

/** A plugin may be a script, whose own children hold its output open when it has been ended. */
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
