import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { basename, dirname, join } from "node:path";
import { ociTarget } from "../../../../provider/targets/oci/target";
import { startDockerRegistry, type DockerRegistry } from "../../../servers/docker-registry";
import { startFaultProxy, type ProxiedRequest } from "../../../servers/fault-proxy";
import { makeCertificate } from "../../../servers/token-server";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { useEnvironment } from "../../../support/environment";
import { fails } from "../../../support/failures";
import { ociSpec, team, useDockerRegistry } from "./registry";

describe("the way to a container registry", () => {
  const folder = useFolder();
  useEnvironment();
  const publishTo = async (
    host: string,
    more: Record<string, unknown> = {},
    rootDirectory = "/",
  ) => {
    const spec = ociSpec({ repository: `${host}/${team}`, plainHttp: false, ...more });
    const target = ociTarget(spec, { rootDirectory, chunkSize: MiB });
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    return published;
  };

  describe("over https", () => {
    let tls: { readonly certificate: string; readonly key: string };
    let registry: DockerRegistry;
    before(async () => {
      tls = await makeCertificate(folder());
      registry = await startDockerRegistry({ tls });
    });
    after(async () => {
      await registry.stop();
    });

    it("trusts the authority of the target's file, also by a relative path", async () => {
      await publishTo(registry.host, { caFile: tls.certificate });
      const caFile = basename(tls.certificate);
      await publishTo(registry.host, { caFile }, dirname(tls.certificate));
      await assert.rejects(
        publishTo(registry.host, { caFile: "/nowhere/ca.pem" }),
        fails("publish.failed", /`caFile` cannot be read/, /nowhere/),
      );
    });

    it("trusts those of the environment", async () => {
      process.env["SSL_CERT_FILE"] = tls.certificate;
      await publishTo(registry.host);
    });

    it("says how to trust a certificate that nobody knows", async () => {
      await assert.rejects(
        publishTo(registry.host),
        fails("publish.unreachable", /does not trust/, /`caFile`/, /NODE_EXTRA_CA_CERTS/),
      );
    });

    it("says that a certificate is for another name", async () => {
      const other = await makeCertificate(folder(), "DNS:registry.example.com");
      const wrong = await startDockerRegistry({ tls: other });
      try {
        await assert.rejects(
          publishTo(wrong.host, { caFile: other.certificate }),
          fails("publish.unreachable", /for another name/),
        );
      } finally {
        await wrong.stop();
      }
    });

    it("says so where plain http meets https", async () => {
      await assert.rejects(
        publishTo(registry.host, { plainHttp: true }),
        fails("publish.unreachable", /expects https/, /Leave the target's `plainHttp` out/),
      );
    });
  });

  describe("over http", () => {
    const server = useDockerRegistry();

    it("says so where https meets plain http", async () => {
      await assert.rejects(
        publishTo(server().registry.host),
        fails("publish.unreachable", /speaks plain HTTP/, /`plainHttp: true`/),
      );
    });

    it("stays with https where a registry behind a proxy that ends TLS says http of itself", async () => {
      const tls = await makeCertificate(folder());
      const [key, cert] = [await readFile(tls.key), await readFile(tls.certificate)];
      const front = createTlsServer({ key, cert }, (socket) => {
        const back = connect(server().registry.port, "127.0.0.1");
        socket.on("error", () => back.destroy()).pipe(back);
        back.on("error", () => socket.destroy()).pipe(socket);
      });
      front.listen(0, "127.0.0.1");
      await once(front, "listening");
      const address = front.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      try {
        await publishTo(`127.0.0.1:${address.port}`, { caFile: tls.certificate });
      } finally {
        front.close();
      }
    });

    it("follows to where blobs lie, and takes no credentials there", async () => {
      const { target } = server();
      const artifact = await makeArtifact(folder(), 1 * MiB);
      const login = { username: "builder", password: "secret-for-tests-only" };
      const published = recorded(await target(login).publish(artifact, quietly()));
      const asked: IncomingHttpHeaders[] = [];
      const store = createServer((incoming, outgoing) => {
        asked.push(incoming.headers);
        createReadStream(artifact.path).pipe(outgoing);
      });
      store.listen(0, "127.0.0.1");
      await once(store, "listening");
      const address = store.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const location = `http://127.0.0.1:${address.port}/blob?signature=x`;
      const fault = { type: "status", status: 307, headers: { location } } as const;
      // The registry first requires a login, and then redirects authenticated clients.
      const isBlob = ({ method, path }: ProxiedRequest) =>
        method === "GET" && path.includes("/blobs/");
      const challenge = { "www-authenticate": 'Basic realm="tests"' };
      const wants = { type: "status", status: 401, headers: challenge } as const;
      server().proxy.add({ fault, when: isBlob });
      server().proxy.add({ fault: wants, when: isBlob, times: 1 });
      const path = join(folder(), "back.qcow2");
      try {
        await target(login).retrieve(published, path, quietly());
      } finally {
        store.close();
      }
      assert.ok((await readFile(path)).equals(await readFile(artifact.path)));
      const withLogin = server().proxy.requests.filter(isBlob).at(-1)!;
      assert.match(withLogin.headers.authorization ?? "", /^Basic /);
      assert.deepEqual(
        asked.map(({ authorization }) => authorization),
        [undefined],
      );
    });

    it("goes through HTTP_PROXY, and past it for what NO_PROXY names", async () => {
      const forward = await startFaultProxy(server().registry.port);
      try {
        // The name does not resolve: only the proxy can connect to it.
        const host = "registry.invalid:80";
        process.env["HTTP_PROXY"] = forward.endpoint;
        const published = await publishTo(host, { plainHttp: true });
        assert.match(published.url, /^registry\.invalid:80\/team\/images@sha256:[0-9a-f]{64}$/);
        assert.ok(forward.requests.some(({ method }) => method === "PATCH"));
        process.env["NO_PROXY"] = "registry.invalid";
        await assert.rejects(publishTo(host, { plainHttp: true }), fails("publish.unreachable"));
      } finally {
        await forward.stop();
      }
    });

    it("tells what kind of no it was told", async () => {
      const { proxy, target } = server();
      for (const [status, code, error, ...texts] of [
        [403, "DENIED", "publish.denied", /a policy of the registry/, /immutable tags/],
        [403, "quota exceeded", "publish.failed", /a quota is used up/, /garbage collection/],
        [500, "no space left on device", "publish.failed", /no space left/],
        [407, "", "publish.denied", /The proxy requires a user name/],
        [429, "TOOMANYREQUESTS", "publish.unreachable", /limits how often/],
      ] as const) {
        proxy.reset();
        const when = ({ method }: { method: string }) => method === "POST";
        const headers = { "retry-after": "0" };
        proxy.add({ fault: { type: "status", status, code, headers }, when });
        const artifact = await makeArtifact(folder(), 1000);
        await assert.rejects(target().publish(artifact, quietly()), fails(error, ...texts));
      }
    });

    it("says that nobody makes a repository by itself of a name that is none", async () => {
      const { proxy, target } = server();
      const body = { errors: [{ code: "NAME_UNKNOWN", message: "repository name not known" }] };
      const when = ({ method }: { method: string }) => method === "POST";
      proxy.add({ fault: { type: "status", status: 404, json: body }, when });
      await assert.rejects(
        target().publish(await makeArtifact(folder(), 1000), quietly()),
        fails("publish.not-found", /does not know "team\/images"/, /create-repository/),
      );
    });

    it("waits for as long as it is asked to", async () => {
      const { proxy, target } = server();
      const headers = { "retry-after": "0" };
      const when = ({ method }: { method: string }) => method === "POST" || method === "PATCH";
      proxy.add({ fault: { type: "status", status: 429, headers }, times: 4, when });
      const published = recorded(
        await target().publish(await makeArtifact(folder(), 6 * MiB), quietly()),
      );
      assert.deepEqual(await target().find(published, never), { state: "present" });
      assert.equal(proxy.requests.filter(({ status }) => status === 429).length, 4);
    });
  });
});
