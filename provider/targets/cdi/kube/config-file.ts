import { dirname, resolve } from "node:path";
import { z } from "zod";

/** Kubernetes clients treat absent, null and empty alike. */
const word = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === "" ? undefined : text));
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

const cluster = z.object({
  server: word,
  "certificate-authority": word,
  "certificate-authority-data": word,
  "insecure-skip-tls-verify": flag,
  "tls-server-name": word,
  "proxy-url": word,
});

const exec = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z
    .array(z.string())
    .nullish()
    .transform((args) => args ?? []),
  env: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .nullish()
    .transform((env) => env ?? []),
  installHint: word,
  provideClusterInfo: flag,
});
export type ExecConfig = z.infer<typeof exec>;

const user = z.object({
  token: word,
  tokenFile: word,
  "client-certificate": word,
  "client-certificate-data": word,
  "client-key": word,
  "client-key-data": word,
  username: word,
  password: word,
  exec: exec.nullish(),
  "auth-provider": z.object({ name: z.string() }).nullish(),
});

const context = z.object({ cluster: z.string(), user: word, namespace: word });

export type ClusterConfig = z.infer<typeof cluster>;
export type UserConfig = z.infer<typeof user>;
type ContextConfig = z.infer<typeof context>;

function list<T extends z.ZodType>(entry: T) {
  return z
    .array(entry)
    .nullish()
    .transform((entries) => entries ?? []);
}

/** The fields of a kubeconfig that say how to reach a cluster and how to log in. */
const fileSchema = z.object({
  clusters: list(z.object({ name: z.string(), cluster: cluster.nullish() })),
  users: list(z.object({ name: z.string(), user: user.nullish() })),
  contexts: list(z.object({ name: z.string(), context: context.nullish() })),
  "current-context": word,
});

/** The content of one or more kubeconfig files. */
export interface KubeConfig {
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  readonly users: ReadonlyMap<string, UserConfig>;
  readonly contexts: ReadonlyMap<string, ContextConfig>;
  readonly currentContext: string | undefined;
}

/** Parses the content of one file. `why` tells what is wrong without quoting the file, which holds secrets. */
export function parseKubeConfig(
  content: unknown,
  path: string,
): { readonly config: KubeConfig } | { readonly why: string } {
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join("."));
    return { why: `${fields.join(", ") || "It"} is not valid in a kubeconfig.` };
  }
  const { clusters, users, contexts, "current-context": currentContext } = parsed.data;
  const at = (file: string | undefined) => file && resolve(dirname(path), file);
  return {
    config: {
      clusters: first(
        clusters.map(({ name, cluster: it }) => [
          name,
          it && { ...it, "certificate-authority": at(it["certificate-authority"]) },
        ]),
      ),
      users: first(users.map(({ name, user: it }) => [name, it && withPaths(it, at)])),
      contexts: first(contexts.map(({ name, context: it }) => [name, it])),
      currentContext,
    },
  };
}

function withPaths(
  user: UserConfig,
  at: (file: string | undefined) => string | undefined,
): UserConfig {
  const { exec: plugin } = user;
  return {
    ...user,
    tokenFile: at(user.tokenFile),
    "client-certificate": at(user["client-certificate"]),
    "client-key": at(user["client-key"]),
    // A name without a slash is looked up on PATH.
    exec: plugin?.command.includes("/")
      ? { ...plugin, command: at(plugin.command) ?? plugin.command }
      : plugin,
  };
}

/** Merges files as kubectl does: the first entry of a name counts, within one file and among several. */
export function mergeKubeConfigs(configs: readonly KubeConfig[]): KubeConfig {
  return {
    clusters: first(configs.flatMap(({ clusters }) => [...clusters])),
    users: first(configs.flatMap(({ users }) => [...users])),
    contexts: first(configs.flatMap(({ contexts }) => [...contexts])),
    currentContext: configs.find((it) => it.currentContext !== undefined)?.currentContext,
  };
}

function first<T>(
  entries: readonly (readonly [string, T | null | undefined])[],
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const [name, value] of entries) {
    if (value !== null && value !== undefined && !map.has(name)) map.set(name, value);
  }
  return map;
}
