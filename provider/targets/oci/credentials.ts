import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { throwIfCancelled } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { run } from "../../system/process/run";
import { type Login, type LoginFile, loginFileSchema, readLoginFile } from "./auth-file";

const answerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });

/** User name of an entry whose secret is a token for the token server. */
const tokenUser = "<token>";

/** Runs `docker-credential-NAME`, the program with which Docker reads a system's key store. */
async function askHelper(
  helper: string,
  server: string,
  signal: AbortSignal,
): Promise<{ readonly login: Login } | { readonly login?: undefined; readonly why: string }> {
  // The file is not trusted: only a plain program name, found on PATH, is run.
  if (!/^[\w.-]+$/.test(helper)) return { why: "this is no name of a helper" };
  try {
    const { stdout, exitCode } = await run(`docker-credential-${helper}`, ["get"], {
      signal,
      code: "publish.denied",
      input: server,
      accepted: [0, 1],
    });
    if (exitCode !== 0) return { why: `no entry for ${server}` };
    const { Username: username, Secret: secret } = answerSchema.parse(JSON.parse(stdout));
    return {
      login: username === tokenUser ? { identityToken: secret } : { username, password: secret },
    };
  } catch (thrown) {
    throwIfCancelled(signal);
    const missing = thrown instanceof StylusError && thrown.code === "host.tool-missing";
    // Its output is not reported, because it may contain the secret.
    return { why: missing ? "the program is not on PATH" : "it did not answer as a helper does" };
  }
}

export interface Credentials {
  readonly login: Login | undefined;
  /** For messages: the source of the login, or all places without one. Never a secret. */
  readonly source: string;
}

/**
 * The login for a repository, read anew at each call: of the spec, else of the files that Docker, Podman and skopeo
 * keep. A place that has none, or whose helper fails, is passed over and told of.
 */
export async function findCredentials(
  { username, password }: Pick<OciTargetSpec, "username" | "password">,
  host: string,
  name: string,
  signal: AbortSignal,
): Promise<Credentials> {
  if (username !== undefined && password !== undefined) {
    return { login: { username, password }, source: "the target's `username` and `password`" };
  }
  const tried: string[] = [];
  for (const path of loginFiles()) {
    const text = await readLoginFile(path);
    if (typeof text !== "string") {
      tried.push(`${path} (${text.why})`);
      continue;
    }
    const parsed = loginFileSchema.safeParse(text);
    if (!parsed.success) {
      tried.push(`${path} (it is not what Docker writes)`);
      continue;
    }
    const found = await loginIn(parsed.data, host, name, signal);
    if (found.login !== undefined) {
      return { login: found.login, source: [path, ...found.notes].join(", ") };
    }
    tried.push(`${path} (${found.notes.join(", ")})`);
  }
  return { login: undefined, source: tried.join(", ") };
}

/** Login files in the order of precedence. */
function loginFiles(): string[] {
  const env = process.env;
  const home = homedir();
  const docker = env["DOCKER_CONFIG"] ?? "";
  const named = env["REGISTRY_AUTH_FILE"] ?? "";
  const runtime = env["XDG_RUNTIME_DIR"] ?? "";
  const containers = join("containers", "auth.json");
  return [
    join(docker === "" ? join(home, ".docker") : docker, "config.json"),
    ...(named === "" ? [] : [named]),
    ...(runtime === "" ? [] : [join(runtime, containers)]),
    join(home, ".config", containers),
  ];
}

async function loginIn(
  file: LoginFile,
  host: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly login?: Login | undefined; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const servers = [host, ...(host === "docker.io" ? [hubServer] : [])];
  for (const server of servers) {
    const helper = file.credHelpers[server] ?? file.credsStore;
    if (helper === undefined) continue;
    const answer = await askHelper(helper, server, signal);
    if (answer.login !== undefined) return { login: answer.login, notes: [`helper "${helper}"`] };
    notes.push(`helper "${helper}": ${answer.why}`);
  }
  const login = mostSpecific(file, servers, name);
  return login === undefined ? { notes: [...notes, `no entry for ${host}`] } : { login, notes: [] };
}

/** Docker's server name for Docker Hub. */
const hubServer = "https://index.docker.io/v1/";

/** Podman also keeps logins for a part of a registry: `registry.example.com/team`. The longest that fits counts. */
function mostSpecific(
  { auths }: LoginFile,
  servers: readonly string[],
  name: string,
): Login | undefined {
  const parts = name.split("/");
  for (let length = parts.length; length >= 0; length -= 1) {
    for (const server of servers) {
      const wanted = [server, ...parts.slice(0, length)].join("/");
      const key = Object.keys(auths).find((it) => it === wanted || plainKey(it) === wanted);
      const login = key === undefined ? undefined : auths[key];
      if (login !== undefined) return login;
    }
  }
  return undefined;
}

/** Old Docker wrote `https://host/v1/`, and some tools still do. */
function plainKey(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/(?:\/v[12])?\/?$/, "");
}
