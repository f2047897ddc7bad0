import { z } from "zod";
import { StylusError } from "../spec/errors";
import { run } from "../system/run";
import { throwIfCancelled } from "../system/run-cancelled";
import type { KubeContext } from "./kube-config";
import type { ExecConfig } from "./kube-config-file";

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

/** Runs the context's credential plugin, unless its last answer still holds; `renew` asks it in any case. */
export async function execCredentials(
  context: KubeContext,
  exec: ExecConfig,
  signal: AbortSignal,
  renew = false,
): Promise<KubeCredentials> {
  const key = JSON.stringify([exec, context.server.href]);
  const known = renew ? undefined : await remembered.get(key)?.catch(() => undefined);
  if (known !== undefined && known.until > Date.now() + margin) return known.credentials;
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
    const { stdout } = await run(command, args, {
      signal,
      code: "publish.denied",
      env: {
        ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify(info),
      },
    });
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

function clusterInfo({ server, cluster }: KubeContext): Record<string, unknown> {
  return {
    server: server.href.replace(/\/$/, ""),
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"] || undefined,
    "certificate-authority-data": cluster["certificate-authority-data"],
    "proxy-url": cluster["proxy-url"],
  };
}
