import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { readKubeContext } from "../../../../../provider/targets/cdi/kube/config";
import {
  mergeKubeConfigs,
  parseKubeConfig,
} from "../../../../../provider/targets/cdi/kube/config-file";
import { temporaryFolder } from "../../../agent/temporary-folder";

const folder = temporaryFolder();

const config = (name: string, more: object = {}) => ({
  clusters: [{ name, cluster: { server: `https://${name}:6443` } }],
  users: [{ name, user: { token: name } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  ...more,
});

function parse(content: unknown, path = "/home/ada/.kube/config") {
  const parsed = parseKubeConfig(content, path);
  assert.ok("config" in parsed, JSON.stringify(parsed));
  return parsed.config;
}

describe("a kubeconfig", () => {
  it("resolves paths against its own folder, and leaves program names to PATH", () => {
    const user = {
      tokenFile: "token",
      "client-certificate": "pki/a.crt",
      "client-key": "/etc/a.key",
      exec: { apiVersion: "v", command: "bin/plugin", args: null, env: null },
    };
    const cluster = { server: "https://a", "certificate-authority": "ca.crt" };
    const { users, clusters } = parse({
      clusters: [{ name: "a", cluster }],
      users: [
        { name: "a", user },
        { name: "b", user: { exec: { apiVersion: "v", command: "plugin" } } },
      ],
    });
    const found = users.get("a");
    assert.equal(found?.tokenFile, "/home/ada/.kube/token");
    assert.equal(found["client-certificate"], "/home/ada/.kube/pki/a.crt");
    assert.equal(found["client-key"], "/etc/a.key");
    assert.equal(found.exec?.command, "/home/ada/.kube/bin/plugin");
    assert.deepEqual(found.exec.args, []);
    assert.equal(users.get("b")?.exec?.command, "plugin");
    assert.equal(clusters.get("a")?.["certificate-authority"], "/home/ada/.kube/ca.crt");
  });

  it("treats null and empty text as absent", () => {
    const { users, contexts, currentContext } = parse({
      clusters: null,
      users: [{ name: "a", user: { token: "", username: null } }],
      contexts: [{ name: "a", context: null }],
      "current-context": "",
    });
    assert.equal(users.get("a")?.token, undefined);
    assert.equal(contexts.size, 0);
    assert.equal(currentContext, undefined);
  });

  it("says which fields are invalid without quoting them", () => {
    const parsed = parseKubeConfig({ users: [{ name: "a", user: { token: ["s3cr3t"] } }] }, "/k");
    assert.deepEqual(parsed, { why: "users.0.user.token is not valid in a kubeconfig." });
  });

  it("yields to earlier files", () => {
    const first = parse(config("a", { "current-context": "" }));
    const second = parse({
      ...config("b", { "current-context": "b" }),
      users: [
        { name: "a", user: { token: "other" } },
        { name: "b", user: { token: "b" } },
      ],
    });
    const merged = mergeKubeConfigs([first, second]);
    assert.equal(merged.currentContext, "b");
    assert.equal(merged.users.get("a")?.token, "a");
    assert.equal(merged.users.get("b")?.token, "b");
    assert.deepEqual([...merged.contexts.keys()], ["a", "b"]);
  });
});

describe("where a kubeconfig is found", () => {
  const write = async (name: string, content: object): Promise<string> => {
    await writeFile(join(folder(), name), JSON.stringify(content));
    return join(folder(), name);
  };
  const machine = (env: Record<string, string> = {}) => ({
    env,
    home: folder(),
    serviceAccount: join(folder(), "account"),
  });
  const inPod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

  it("in the home folder, unless KUBECONFIG names files", async () => {
    await mkdir(join(folder(), ".kube"));
    await write(".kube/config", config("home", { "current-context": "home" }));
    const one = await write("one", config("one", { "current-context": "one" }));
    const two = await write("two", config("two", { "current-context": "two" }));
    const found = async (env?: Record<string, string>) =>
      (await readKubeContext({}, "/", machine(env))).server.hostname;
    assert.equal(await found(), "home");
    assert.equal(await found({ KUBECONFIG: one }), "one");
    assert.equal(await found({ KUBECONFIG: ["/missing", two, one].join(delimiter) }), "two");
    assert.equal(await found(inPod), "home");
  });

  it("in the target's own file first, relative to the project's root", async () => {
    await write("own", config("own", { "current-context": "own" }));
    const one = await write("one", config("one", { "current-context": "one" }));
    const env = { KUBECONFIG: one };
    const { server } = await readKubeContext({ kubeconfig: "own" }, folder(), machine(env));
    assert.equal(server.hostname, "own");
  });

  it("in the pod's service account if there is no file and the target names none", async () => {
    await mkdir(join(folder(), "account"));
    await writeFile(join(folder(), "account", "namespace"), "edge\n");
    const context = await readKubeContext({}, "/", machine(inPod));
    assert.equal(context.server.href, "https://[fd00::1]/");
    assert.equal(context.namespace, "edge");
    assert.equal(context.user.tokenFile, join(folder(), "account", "token"));
    assert.equal(context.cluster["certificate-authority"], join(folder(), "account", "ca.crt"));
    await assert.rejects(
      readKubeContext({ context: "edge" }, "/", machine(inPod)),
      /There is no kubeconfig/,
    );
    await assert.rejects(readKubeContext({}, "/", machine()), /and this is not a pod.*KUBECONFIG/);
  });

  it("gives the namespace of the target, of the context, or `default`", async () => {
    const with_ = (namespace?: string) =>
      write("k", {
        ...config("a", { "current-context": "a" }),
        contexts: [{ name: "a", context: { cluster: "a", user: "a", namespace } }],
      });
    const found = async (namespace?: string) =>
      (await readKubeContext({ kubeconfig: "k", namespace }, folder(), machine())).namespace;
    await with_("edge");
    assert.equal(await found("images"), "images");
    assert.equal(await found(), "edge");
    await with_();
    assert.equal(await found(), "default");
  });
});
