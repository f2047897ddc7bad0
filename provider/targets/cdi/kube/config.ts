import type { CdiLocation } from "../../../schema/targets/identity";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { describeThrown, StylusError } from "../../../base/errors";
import { isMissing } from "../../../system/files/errors";
import { readText } from "../../../system/files/read-text";
import {
  mergeKubeConfigs,
  parseKubeConfig,
  type ClusterConfig,
  type KubeConfig,
  type UserConfig,
} from "./config-file";

/** A context of a kubeconfig: a cluster and a user. */
export interface KubeContext {
  /** For messages: `the context "edge"`. */
  readonly name: string;
  readonly server: URL;
  readonly cluster: Omit<ClusterConfig, "server">;
  readonly user: UserConfig;
  /** The target's, else the context's, else `default`. */
  readonly namespace: string;
}

/** The parts of the environment that say where a kubeconfig is. */
export interface KubeEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The folder of a pod's service account. */
  readonly serviceAccount: string;
}

export const localEnvironment: KubeEnvironment = {
  env: process.env,
  home: homedir(),
  serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
};

/** Finds the context as kubectl does. Read at each use, so that rotated credentials are used. */
export async function readKubeContext(
  spec: CdiLocation,
  rootDirectory: string,
  environment: KubeEnvironment = localEnvironment,
): Promise<KubeContext> {
  const paths = pathsOf(spec, rootDirectory, environment);
  const configs: KubeConfig[] = [];
  for (const path of paths) {
    const config = await readConfig(path);
    if (config !== undefined) configs.push(config);
  }
  if (configs.length > 0) return select(mergeKubeConfigs(configs), spec, paths.join(delimiter));
  if (spec.kubeconfig === undefined && spec.context === undefined) {
    const inCluster = await serviceAccountContext(spec, environment);
    if (inCluster !== undefined) return inCluster;
  }
  throw new StylusError("publish.denied", {
    what: `There is no kubeconfig: ${paths.join(" and ")} ${paths.length === 1 ? "does" : "do"} not exist.`,
    why: "Without a kubeconfig only a pod can reach its cluster, and this is not a pod.",
    next: "Name one in KUBECONFIG or in the target's `kubeconfig`.",
  });
}

function pathsOf(
  { kubeconfig }: CdiLocation,
  rootDirectory: string,
  { env, home }: KubeEnvironment,
): string[] {
  if (kubeconfig !== undefined) return [resolve(rootDirectory, kubeconfig)];
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return named.length > 0 ? named.map((path) => resolve(path)) : [join(home, ".kube", "config")];
}

async function readConfig(path: string): Promise<KubeConfig | undefined> {
  const error = (why: string, cause?: unknown): StylusError =>
    new StylusError("publish.denied", {
      what: `The kubeconfig ${path} cannot be used.`,
      why,
      next: "Look at it with `kubectl config view --kubeconfig`, and correct it.",
      cause,
    });
  let text: string;
  try {
    text = await readText(path);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw error(`${describeThrown(thrown)}.`, thrown);
  }
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch {
    // The parser's own message would quote the file, which holds secrets.
    throw error("It is not YAML.");
  }
  const parsed = parseKubeConfig(content, path);
  if ("why" in parsed) throw error(parsed.why);
  return parsed.config;
}

function select(config: KubeConfig, spec: CdiLocation, from: string): KubeContext {
  const wanted = spec.context ?? config.currentContext;
  const error = (what: string, next: string): StylusError =>
    new StylusError("publish.denied", { what, next });
  const names = [...config.contexts.keys()].map((name) => `"${name}"`).join(", ") || "none";
  if (wanted === undefined) {
    throw error(
      `The kubeconfig ${from} has no current context.`,
      `Name one in the target's \`context\`: there ${config.contexts.size === 1 ? "is" : "are"} ${names}.`,
    );
  }
  const context = config.contexts.get(wanted);
  if (context === undefined) {
    throw error(
      `The kubeconfig ${from} has no context "${wanted}".`,
      `Correct the target's \`context\`: there ${config.contexts.size === 1 ? "is" : "are"} ${names}.`,
    );
  }
  const cluster = config.clusters.get(context.cluster);
  const user = context.user === undefined ? anonymous : config.users.get(context.user);
  if (cluster?.server === undefined || !URL.canParse(cluster.server) || user === undefined) {
    const lacking = user === undefined ? `user "${context.user ?? ""}"` : "address of the cluster";
    throw error(
      `The context "${wanted}" has no ${lacking}.`,
      `Look at it with \`kubectl config view\`, and correct ${from}.`,
    );
  }
  return {
    name: `the context "${wanted}"`,
    server: new URL(cluster.server),
    cluster,
    user,
    namespace: spec.namespace ?? context.namespace ?? "default",
  };
}

const anonymous: UserConfig = {
  token: undefined,
  tokenFile: undefined,
  "client-certificate": undefined,
  "client-certificate-data": undefined,
  "client-key": undefined,
  "client-key-data": undefined,
  username: undefined,
  password: undefined,
};

/** The context of a pod's service account. */
async function serviceAccountContext(
  spec: CdiLocation,
  { env, serviceAccount }: KubeEnvironment,
): Promise<KubeContext | undefined> {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = env;
  if (host === "" || port === "") return undefined;
  const namespace = await readFile(join(serviceAccount, "namespace"), "utf8").catch(() => "");
  return {
    name: "the pod's service account",
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    cluster: {
      "certificate-authority": join(serviceAccount, "ca.crt"),
      "certificate-authority-data": undefined,
      "insecure-skip-tls-verify": false,
      "tls-server-name": undefined,
      "proxy-url": undefined,
    },
    user: { ...anonymous, tokenFile: join(serviceAccount, "token") },
    namespace: spec.namespace ?? (namespace.trim() || "default"),
  };
}
