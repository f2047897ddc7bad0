import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { cdiTarget } from "../../../../provider/targets/cdi/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import { onToolStart } from "../../../../provider/system/process/started-tools";
import { makeAuthority } from "../../../servers/authority";
import { serveProxy, type Proxy } from "../../../servers/http-files";
import { kubevirtCrds } from "../../../servers/kubevirt-crds";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { bytesSent, namespace, quick, useCdiCluster } from "./cluster";
import { useEnvironment } from "../../../support/environment";
import { noFindings } from "../../../../provider/targets/access";
import { needs } from "../access";
import { fails } from "../../../support/failures";

type Entry = Readonly<Record<string, unknown>>;

describe("the connection to a cluster", () => {
  const folder = useFolder();
  const cluster = useCdiCluster();
  useEnvironment();
  const open: Proxy[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((proxy) => proxy.close()));
  });
  let artifact: LocalArtifact;
  before(async () => {
    artifact = await makeArtifact(folder(), MiB);
  });

  /** A kubeconfig with one context, with another user or another address of the cluster. */
  async function kubeconfig(user?: Entry, more: Entry = {}, name = "test"): Promise<string> {
    const path = join(folder(), `${Math.random().toString(36).slice(2)}.yaml`);
    const { url, ca, token } = cluster().kube;
    const own = {
      server: url,
      "certificate-authority-data": Buffer.from(ca).toString("base64"),
      ...more,
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: own }],
      users: [{ name, user: user ?? { token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      "current-context": name,
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }
  const publish = (more: Entry) => cluster().target(more).publish(artifact, quietly());
  const through = async (user?: Entry, more?: Entry) =>
    publish({ kubeconfig: await kubeconfig(user, more) });

  it("reads the files of KUBECONFIG: the first entry of a name counts", async () => {
    const { url, token } = cluster().kube;
    const first = join(folder(), "first.yaml");
    await writeFile(
      first,
      [
        "current-context: edge",
        "contexts:",
        `- { name: edge, context: { cluster: test, user: edge, namespace: ${namespace} } }`,
        `- { name: test, context: { cluster: nowhere, user: nobody } }`,
        `users: [{ name: edge, user: { tokenFile: edge.token } }]`,
      ].join("\n"),
    );
    await writeFile(join(folder(), "edge.token"), `${token}\n`);
    const missing = join(folder(), "missing.yaml");
    process.env["KUBECONFIG"] = [missing, first, await kubeconfig()].join(delimiter);
    const published = await publish({ namespace: undefined, kubeconfig: undefined });
    assert.equal(published.target, "cdi://.");
    assert.ok(published.uri.startsWith(`cdi://${namespace}/`));
    assert.ok(published.url.startsWith(url));
    await assert.rejects(
      publish({ kubeconfig: undefined, context: "test" }),
      fails("publish.denied", /has no user "nobody"/),
    );
    await assert.rejects(
      publish({ kubeconfig: undefined, context: "other" }),
      fails("publish.denied", /no context "other"/, /there are "edge", "test"/),
    );
  });

  it("is read at each use, as is a token's file", async () => {
    const tokenFile = join(folder(), "token");
    await writeFile(tokenFile, "secret-for-tests-only");
    const target = cluster().target({ kubeconfig: await kubeconfig({ tokenFile }) });
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.denied", /answered 401/, /the context "test"/, /kubectl auth whoami/),
    );
    await writeFile(tokenFile, cluster().kube.token);
    await target.publish(artifact, quietly());
  });

  it("uses a client certificate, as data or in files", async () => {
    const made = await cluster().kube.certify("ada", "system:masters");
    const data = (pem: string) => Buffer.from(pem).toString("base64");
    await through({
      "client-certificate-data": data(made.certificate),
      "client-key-data": data(made.key),
    });
    await through({ "client-certificate": made.certificateFile, "client-key": made.keyFile });
    const { status } = await cluster().kube.call("GET", cluster().path("datavolumes"));
    assert.equal(status, 200);
    await assert.rejects(
      through({ "client-certificate": "gone.crt", "client-key": made.keyFile }),
      fails("publish.denied", /gone\.crt/, /cannot be read/),
    );
  });

  const plugin = async (script: string, more: Entry = {}) => {
    const path = join(folder(), `plugin-${Math.random().toString(36).slice(2)}`);
    await writeFile(path, `#!/bin/sh\necho run >>${path}.log\n${script}\n`);
    await chmod(path, 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: path, ...more };
    const runs = async () =>
      (await readFile(`${path}.log`, "utf8").catch(() => "")).split("\n").length - 1;
    return { user: { exec: { interactiveMode: "Never", ...exec } }, runs };
  };
  const credential = (status: object) =>
    JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status,
    });

  it("runs a credential plugin, describes the cluster to it, and caches its credentials until they expire", async () => {
    const seen = join(folder(), "seen.json");
    const answer = credential({
      token: cluster().kube.token,
      expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const { user, runs } = await plugin(
      `printf '%s %s' "$EXTRA" "$KUBERNETES_EXEC_INFO" >${seen}; echo '${answer}'`,
      { env: [{ name: "EXTRA", value: "given" }], provideClusterInfo: true },
    );
    const config = await kubeconfig(user);
    for (let times = 0; times < 3; times += 1) await publish({ kubeconfig: config });
    assert.equal(await runs(), 1);
    const text = await readFile(seen, "utf8");
    assert.match(text, /^given /);
    const info = z
      .object({ spec: z.object({ interactive: z.boolean(), cluster: z.looseObject({}) }) })
      .parse(JSON.parse(text.slice("given ".length)));
    assert.equal(info.spec.interactive, false);
    assert.equal(info.spec.cluster["server"], cluster().kube.url);
  });

  it("shows no arguments of a plugin in messages: they may hold a client's secret", async () => {
    const answer = credential({ token: cluster().kube.token });
    const { user } = await plugin(`echo '${answer}'`, { args: ["--client-secret=planted"] });
    const told: string[] = [];
    const end = onToolStart((command) => told.push(command));
    await through(user);
    end();
    assert.ok(told.some((command) => command.endsWith(" ...")));
    assert.doesNotMatch(told.join("\n"), /planted/);
  });

  it("runs it again when its credentials have expired or are rejected", async () => {
    const ended = credential({
      token: cluster().kube.token,
      expirationTimestamp: new Date(Date.now() - 1000).toISOString(),
    });
    const old = await plugin(`echo '${ended}'`);
    const config = await kubeconfig(old.user);
    await publish({ kubeconfig: config });
    await publish({ kubeconfig: config });
    assert.equal(await old.runs(), 2);
    // The first response is for a login that has been revoked since.
    const file = join(folder(), "rotating.json");
    await writeFile(file, credential({ token: "secret-for-tests-only" }));
    const good = credential({ token: cluster().kube.token });
    const rotating = await plugin(`cat ${file}; echo '${good}' >${file}`);
    await through(rotating.user);
    assert.equal(await rotating.runs(), 2);
  });

  it("says what is wrong with a plugin, with its own output", async () => {
    const silent = await plugin("echo 'log in with edgectl first' >&2; exit 1");
    await assert.rejects(
      through(silent.user),
      fails("publish.denied", /gave no credentials/, /log in with edgectl first/),
    );
    const babbling = await plugin("echo secret-for-tests-only");
    await assert.rejects(
      through(babbling.user),
      fails("publish.denied", /is not an ExecCredential/),
    );
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "no-such-plugin",
      installHint: "Install it from example.com.",
    };
    await assert.rejects(
      through({ exec }),
      fails("publish.denied", /not on PATH/, /Install it from example\.com/),
    );
    await assert.rejects(
      through({ exec: { ...exec, apiVersion: "client.authentication.k8s.io/v1alpha1" } }),
      fails("publish.denied", /too old/),
    );
    await assert.rejects(
      through({ "auth-provider": { name: "gcp" } }),
      fails("publish.denied", /"gcp"/, /no longer supports that/),
    );
  });

  it("trusts the cluster's own CA only, unless the kubeconfig skips verification", async () => {
    const stranger = await makeAuthority(folder());
    const wrong = {
      "certificate-authority-data": Buffer.from(stranger.certificate).toString("base64"),
    };
    const blind = cluster().target({ kubeconfig: await kubeconfig(undefined, wrong) });
    const published = { ...recorded(await through()), target: blind.id };
    assert.equal((await blind.find(published, never)).state, "unreachable");
    await assert.rejects(
      through(undefined, wrong),
      fails(
        "publish.unreachable",
        /does not trust the server's certificate/,
        /certificate-authority/,
      ),
    );
    await through(undefined, {
      "certificate-authority-data": undefined,
      "insecure-skip-tls-verify": true,
    });
    const file = join(folder(), "cluster-ca.pem");
    await writeFile(file, cluster().kube.ca);
    const named = { "certificate-authority-data": undefined, "certificate-authority": file };
    await through(undefined, named);
    await through(undefined, { ...named, "tls-server-name": "kubernetes" });
    await assert.rejects(
      through(undefined, { ...named, "tls-server-name": "otherClusterError.example" }),
      fails("publish.unreachable", /otherClusterError\.example/),
    );
  });

  it("uses the proxy of the kubeconfig, else that of HTTPS_PROXY", async () => {
    const proxy = await serveProxy();
    open.push(proxy);
    const { host } = new URL(cluster().kube.url);
    await through(undefined, { "proxy-url": proxy.url });
    assert.ok(proxy.log.length > 0);
    assert.ok(proxy.log.every((line) => line === `CONNECT ${host}`));
    await through(undefined, { "proxy-url": proxy.url, "tls-server-name": "kubernetes" });
    proxy.log.length = 0;
    process.env["HTTPS_PROXY"] = proxy.url;
    await through();
    assert.ok(proxy.log.includes(`CONNECT ${host}`));
    proxy.log.length = 0;
    process.env["NO_PROXY"] = "127.0.0.1";
    await through();
    assert.deepEqual(proxy.log, []);
    await assert.rejects(
      through(undefined, { "proxy-url": "socks5://127.0.0.1:1080" }),
      fails("publish.failed", /neither an http nor an https address/),
    );
  });

  it("says what to check when the cluster does not respond, and calls publications unreachable", async () => {
    const published = recorded(await through());
    const nowhere = { kubeconfig: await kubeconfig(undefined, { server: "https://127.0.0.1:9" }) };
    await assert.rejects(
      publish(nowhere),
      fails("publish.unreachable", /ECONNREFUSED/, /`proxy-url`, HTTP_PROXY, HTTPS_PROXY/),
    );
    const target = cluster().target(nowhere);
    const finding = await target.find({ ...published, target: target.id }, never);
    assert.equal(finding.state, "unreachable");
  });

  it("says what is wrong with a kubeconfig without quoting it", async () => {
    for (const [text, said] of [
      ["token: [secret-for-tests-only", /not YAML/],
      [JSON.stringify({ users: [{ name: "a", user: { token: 1 } }] }), /users\.0\.user\.token is/],
      ["{}", /no current context/],
    ] as const) {
      const path = join(folder(), "broken.yaml");
      await writeFile(path, text);
      await assert.rejects(publish({ kubeconfig: path }), fails("publish.denied", said));
    }
    await assert.rejects(
      publish({ kubeconfig: "none.yaml" }),
      fails("publish.denied", /There is no kubeconfig: .*none\.yaml does not exist/),
    );
  });

  it("ends at once when it is cancelled", async () => {
    const waiting = await plugin("sleep 60");
    const user = new AbortController();
    setTimeout(() => user.abort(), 200);
    await assert.rejects(
      cluster()
        .target({ kubeconfig: await kubeconfig(waiting.user) })
        .publish(artifact, quietly({ signal: user.signal })),
      fails("build.cancelled"),
    );
  });

  describe("with a user of few rights", () => {
    const permissions = {
      datavolumes: { group: "cdi.kubevirt.io", verbs: ["get", "create", "delete"] },
      persistentvolumeclaims: { group: "", verbs: ["get"] },
      uploadtokenrequests: { group: "upload.cdi.kubevirt.io", verbs: ["create"] },
    } as const;
    type Resource = keyof typeof permissions;

    /** A service account with a Role of these rules, and a kubeconfig with its token. */
    async function account(
      name: string,
      resources: readonly Resource[],
      only: readonly string[] = ["get", "create", "delete"],
    ): Promise<string> {
      const { kube } = cluster();
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
      const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      await kube.call("POST", accounts, { body: { metadata: { name } } });
      const rules = resources.map((resource) => ({
        apiGroups: [permissions[resource].group],
        resources: [resource],
        verbs: permissions[resource].verbs.filter((verb) => only.includes(verb)),
      }));
      await kube.call("POST", `${rbac}/roles`, { body: { metadata: { name }, rules } });
      await kube.call("POST", `${rbac}/rolebindings`, {
        body: {
          metadata: { name },
          subjects: [{ kind: "ServiceAccount", name, namespace }],
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        },
      });
      const body = { spec: { expirationSeconds: 3600 } };
      const made = await kube.call("POST", `${accounts}/${name}/token`, { body });
      const { token } = z
        .object({ status: z.object({ token: z.string() }) })
        .parse(made.body).status;
      return kubeconfig({ token });
    }
    const all: readonly Resource[] = [
      "datavolumes",
      "persistentvolumeclaims",
      "uploadtokenrequests",
    ];
    const throughProxy = async () => {
      const uploadProxyCaFile = join(folder(), "proxy-ca.pem");
      await writeFile(uploadProxyCaFile, cluster().authority.certificate);
      return { uploadProxy: cluster().uploadProxy, uploadProxyCaFile };
    };

    it("needs only the rights that the error message names", async () => {
      const more = { kubeconfig: await account("enough", all), ...(await throughProxy()) };
      const fresh = await makeArtifact(folder(), MiB);
      const target = cluster().target(more);
      const published = recorded(await target.publish(fresh, quietly()));
      assert.deepEqual(await target.find(published, never), { state: "present" });
      await target.remove(published, never);
      assert.equal(await cluster().volume(fresh), undefined);
    });

    for (const missing of all) {
      it(`says so without a right to ${missing}`, async () => {
        const rest = all.filter((it) => it !== missing);
        const file = await account(`no-${missing}`, rest);
        const more = { kubeconfig: file, ...(await throughProxy()) };
        const fresh = await makeArtifact(folder(), MiB);
        await assert.rejects(
          cluster().target(more).publish(fresh, quietly()),
          fails(
            "publish.denied",
            /answered 403/,
            new RegExp(`cannot (get|create) resource \\\\?"${missing}`),
            /Give it a Role in the namespace "images" with get, create and delete/,
          ),
        );
        assert.equal(bytesSent(cluster()), 0);
      });
    }

    it("is asked for these rights before an upload, and names the missing one", async () => {
      const check = async (file: string) =>
        cluster()
          .target({ kubeconfig: file, ...(await throughProxy()) })
          .checkAccess(needs, never);
      const before = await cluster().kube.call("GET", cluster().path("datavolumes"));
      assert.deepEqual(await check(await account("asked", all)), noFindings);
      // Publishing needs no right to remove.
      assert.deepEqual(await check(await account("adds", all, ["get", "create"])), noFindings);
      for (const missing of all) {
        const rest = all.filter((it) => it !== missing);
        const { problems } = await check(await account(`asked-no-${missing}`, rest));
        assert.ok(problems.length > 0, missing);
        for (const { code, message } of problems) {
          assert.equal(code, "publish.denied");
          assert.match(message, new RegExp(missing));
          assert.match(message, /Give it a Role in the namespace "images" with get, create and/);
        }
      }
      const after = await cluster().kube.call("GET", cluster().path("datavolumes"));
      assert.deepEqual(
        (after.body as { items: unknown }).items,
        (before.body as { items: unknown }).items,
      );
    });

    it("calls publications unreachable without the right to read", async () => {
      const published = recorded(await through());
      const target = cluster().target({ kubeconfig: await account("blind", []) });
      const finding = await target.find({ ...published, target: target.id }, never);
      assert.match(JSON.stringify(finding), /"unreachable".*answered 403/);
    });

    it("requires the address of the upload proxy when CDI's configuration cannot be read", async () => {
      const more = { kubeconfig: await account("no-config", all) };
      await assert.rejects(
        cluster()
          .target(more)
          .publish(await makeArtifact(folder(), MiB), quietly()),
        fails("publish.denied", /read CDI's configuration/, /`uploadProxy`/),
      );
    });
  });

  it("says that a namespace does not exist", async () => {
    await assert.rejects(
      publish({ namespace: "nowhere" }),
      fails("publish.not-found", /no namespace "nowhere"/, /`namespace`/),
    );
  });

  describe("to the upload proxy", () => {
    const fresh = () => makeArtifact(folder(), MiB);

    it("takes the upload proxy's address from CDI's configuration, or from its override", async () => {
      const authority = cluster().authority.certificate;
      const host = new URL(cluster().uploadProxy).host;
      await cluster().cdi.configure({ uploadProxyURL: host, uploadProxyCA: authority });
      await cluster()
        .target()
        .publish(await fresh(), quietly());
      const config = "/apis/cdi.kubevirt.io/v1beta1/cdiconfigs/config";
      await cluster().cdi.configure({ uploadProxyURL: null, uploadProxyCA: authority });
      await assert.rejects(
        cluster()
          .target()
          .publish(await fresh(), quietly()),
        fails("publish.failed", /no valid address/, /exposing-upload-proxy/, /`uploadProxy`/),
      );
      const override = (uploadProxyURLOverride: string | null) =>
        cluster().kube.call("PATCH", config, {
          body: { spec: { uploadProxyURLOverride } },
          contentType: "application/merge-patch+json",
        });
      await override(cluster().uploadProxy);
      await cluster()
        .target()
        .publish(await fresh(), quietly());
      await override(null);
    });

    it("sends nothing to an upload proxy with an untrusted certificate", async () => {
      const stranger = await makeAuthority(folder());
      await cluster().cdi.configure({ uploadProxyURL: cluster().uploadProxy, uploadProxyCA: null });
      const received = cluster().front.received;
      // The cluster's settings in the kubeconfig do not apply to the proxy.
      const loose = await kubeconfig(undefined, {
        "certificate-authority-data": undefined,
        "insecure-skip-tls-verify": true,
      });
      for (const more of [
        { kubeconfig: loose },
        { uploadProxyCaFile: stranger.file },
        { uploadProxy: cluster().uploadProxy },
      ]) {
        await assert.rejects(
          cluster()
            .target(more)
            .publish(await fresh(), quietly()),
          fails("publish.unreachable", /Nothing was sent/, /`uploadProxyCaFile`/),
        );
      }
      assert.equal(cluster().front.received, received);
      await assert.rejects(
        cluster()
          .target({ uploadProxyCaFile: "none.pem" })
          .publish(await fresh(), quietly()),
        fails("publish.failed", /`uploadProxyCaFile` cannot be read/),
      );
      const { file } = cluster().authority;
      await cluster()
        .target({ uploadProxyCaFile: file })
        .publish(await fresh(), quietly());
    });
  });

  // The last test, because it removes CDI.
  it("says that CDI is not installed, and calls publications unreachable", async () => {
    const published = recorded(await through());
    const crds = kubevirtCrds().filter(({ metadata }) => /^datavolumes/.test(metadata.name));
    await cluster().kube.withdraw(crds);
    const target = cdiTarget(cluster().spec(), { rootDirectory: "/", timeouts: quick });
    const finding = await target.find({ ...published, target: target.id }, never);
    assert.match(JSON.stringify(finding), /"unreachable".*CDI is not installed/);
    await assert.rejects(
      target.publish(artifact, quietly()),
      fails("publish.not-found", /CDI is not installed in that cluster/, /`context`/),
    );
    await assert.rejects(
      target.remove({ ...published, target: target.id }, never),
      fails("publish.not-found"),
    );
    await cluster().kube.establish(crds);
  });
});
