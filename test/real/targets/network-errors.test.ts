import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { StylusError } from "../../../provider/base/errors";
import { vsphereTarget } from "../../../provider/schema/targets/vsphere";
import { probeInstaller } from "../../../provider/system/download/probe";
import { targetDispatcher } from "../../../provider/system/http/target-dispatcher";
import { openKube } from "../../../provider/targets/cdi/kube/client";
import { defaultTimeouts } from "../../../provider/targets/cdi/session";
import { sendBytes } from "../../../provider/targets/cdi/upload";
import { connectHttp } from "../../../provider/targets/http/connection";
import { connectRegistry } from "../../../provider/targets/oci/connection";
import { connectS3 } from "../../../provider/targets/s3/connection";
import { vsphereError } from "../../../provider/targets/vsphere/client/errors";
import { vsphereSend } from "../../../provider/targets/vsphere/client/http";
import { makeAuthority, type Authority, type Validity } from "../../servers/authority";
import { startNginx } from "../../servers/nginx";
import { startTlsFront } from "../../servers/tls-front";
import { makeArtifact, never, quietly, sha256, useFolder } from "../../support/artifacts";
import { useEnvironment } from "../../support/environment";
import { httpSpec } from "./http/spec";
import { ociSpec } from "./oci/registry";
import { s3Spec } from "./s3/spec";

type Ask = (url: URL, folder: string) => Promise<unknown>;

const signal = never;

/** Every client of this package, with one request to that address. */
const clients: Readonly<Record<string, Ask>> = {
  installer: (url) => probeInstaller({ url: url.href }, signal),
  http: (url) => connectHttp(httpSpec(url.href), "/").get(url.href, {}, signal),
  oci: ({ host, protocol }) => {
    const spec = ociSpec({ repository: `${host}/team/images`, plainHttp: protocol === "http:" });
    const request = { method: "GET", to: "manifests/x", doing: "read x", signal } as const;
    return connectRegistry(spec, () => undefined).send(request);
  },
  s3: ({ origin: endpoint }) => {
    const keys = { region: "us-east-1", accessKeyId: "key", secretAccessKey: "secret" };
    const spec = s3Spec({ endpoint, ...keys }, { bucket: "images" });
    return connectS3(spec).call("read x", signal, (sdk, client) =>
      client.send(new sdk.GetObjectCommand({ Bucket: "images", Key: "x" })),
    );
  },
  vsphere: ({ host: server }) => {
    const spec = vsphereTarget.parse({ type: "vsphere", server, datastore: "images" });
    const send = vsphereSend(spec, "/");
    return send({ method: "GET", path: "/sdk", signal }).catch((thrown: unknown) => {
      throw vsphereError(thrown, "read x", spec, signal);
    });
  },
  kubernetes: async ({ origin: server }, folder) => {
    const kubeconfig = join(folder, "kubeconfig.json");
    const content = {
      clusters: [{ name: "c", cluster: { server } }],
      contexts: [{ name: "c", context: { cluster: "c" } }],
      "current-context": "c",
    };
    await writeFile(kubeconfig, JSON.stringify(content));
    const kube = await openKube({ kubeconfig }, "/", signal);
    return kube.call({ method: "GET", path: "/version", doing: "read x", signal });
  },
  "CDI's upload proxy": async (url, folder) => {
    const file = await makeArtifact(folder, 1000);
    const artifact = { ...file, sha256: sha256(await readFile(file.path)) };
    const proxy = { url, dispatcher: () => targetDispatcher() };
    const sent = await sendBytes(proxy, "token", artifact, quietly(), defaultTimeouts);
    throw sent.state === "connection-lost" ? sent.error : new Error(sent.state);
  },
};

describe("a server that cannot be reached", () => {
  const folder = useFolder();
  useEnvironment();
  const open: (() => unknown)[] = [];
  let authority: Authority;

  before(async () => {
    authority = await makeAuthority(folder());
  });
  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (/_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name);
    }
    process.env["SSL_CERT_FILE"] = authority.file;
  });
  afterEach(async () => {
    for (const stop of open.splice(0)) await stop();
  });

  const listen = async (server: Server): Promise<number> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(() => server.close());
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  };
  const plainServer = () => listen(createHttpServer((_, response) => response.end("hello")));

  /** A TLS server with a certificate of the trusted authority. */
  const tlsServer = async (names: string, validity?: Validity): Promise<URL> => {
    const made = await authority.certify("server", undefined, [names], validity);
    const plain = await plainServer();
    const front = await startTlsFront({ key: made.key, cert: made.certificate }, () => plain);
    open.push(() => front.stop());
    return new URL(`https://127.0.0.1:${front.port}`);
  };

  /** Every client gives the same explanation, with its own code and setting. */
  const allSay = async (url: URL, why: RegExp, kind: "unreachable" | "denied" = "unreachable") => {
    const asked = Object.entries(clients).filter(
      // vSphere does not use plain HTTP.
      ([name]) => url.protocol === "https:" || name !== "vsphere",
    );
    await Promise.all(
      asked.map(async ([name, ask]) => {
        const thrown: unknown = await ask(url, folder()).then(
          () => assert.fail(`${name} got a response`),
          (error: unknown) => error,
        );
        assert.ok(thrown instanceof StylusError, `${name}: ${String(thrown)}`);
        const domain = name === "installer" ? "installer" : "publish";
        assert.equal(thrown.code, `${domain}.${kind}`, thrown.message);
        assert.match(thrown.message, why, name);
      }),
    );
  };

  it("responds to every client where nothing is wrong", async () => {
    const url = await tlsServer("IP:127.0.0.1");
    const { installer, http, kubernetes } = clients;
    for (const ask of [installer, http, kubernetes]) await ask?.(url, folder());
  });

  it("has an expired certificate, or the clock is wrong", async () => {
    const validity = { start: "20200101000000Z", end: "20210101000000Z" };
    await allSay(await tlsServer("IP:127.0.0.1", validity), /has expired, or the clock of this/);
  });

  it("has a certificate that is not valid yet, or the clock is wrong", async () => {
    const validity = { start: "20400101000000Z", end: "20410101000000Z" };
    const text = /not valid yet, or the clock of this machine is wrong: it shows 20.*Set the clock/;
    await allSay(await tlsServer("IP:127.0.0.1", validity), text);
  });

  it("has a certificate for another name", async () => {
    const url = await tlsServer("DNS:other.example.com");
    await allSay(url, /for another name than 127\.0\.0\.1\. Nothing was sent\. Use a name in /);
  });

  it("has a certificate of an unknown authority", async () => {
    Reflect.deleteProperty(process.env, "SSL_CERT_FILE");
    await allSay(
      await tlsServer("IP:127.0.0.1"),
      /does not trust the server's certificate.* Name /,
    );
  });

  it("speaks plain HTTP at an https address", async () => {
    const url = new URL(`https://127.0.0.1:${await plainServer()}`);
    await allSay(url, /does not answer in TLS, most likely because it speaks plain HTTP/);
  });

  it("speaks TLS at an http address", async () => {
    const tls = await authority.certify("server", undefined, ["IP:127.0.0.1"]);
    const nginx = await startNginx({
      kind: "put",
      tls: { key: tls.keyFile, cert: tls.certificateFile },
    });
    open.push(() => nginx.stop());
    const url = new URL(nginx.origin.replace("https:", "http:"));
    await allSay(url, /expects https, and the request used plain HTTP/);
  });

  it("does not listen", async () => {
    await allSay(new URL("https://127.0.0.1:9"), /ECONNREFUSED.*Nothing accepts connections/);
  });

  it("has a name that is unknown", async () => {
    // Without a network, no name server can say that the host does not exist.
    const text = /name server of this machine (does not know "no-such\.invalid"|did not answer)/;
    await allSay(new URL("https://no-such.invalid"), text);
  });

  it("closes every connection", async () => {
    const port = await listen(
      createServer((socket) => {
        socket.on("error", () => undefined).once("data", () => socket.resetAndDestroy());
      }),
    );
    await allSay(new URL(`https://127.0.0.1:${port}`), /closed the connection/);
  });

  it("lies behind a proxy that requires a login, rejects the request, or does not listen", async () => {
    const url = await tlsServer("IP:127.0.0.1");
    const answer = { line: "407 Proxy Authentication Required" };
    const proxy = createHttpServer();
    proxy.on("connect", (_, socket) => socket.end(`HTTP/1.1 ${answer.line}\r\n\r\n`));
    process.env["HTTPS_PROXY"] = `http://127.0.0.1:${await listen(proxy)}`;
    await allSay(url, /The proxy requires a user name and a password/, "denied");
    answer.line = "403 Forbidden";
    await allSay(url, /The proxy did not connect to the server\. Check .*HTTPS_PROXY and NO_PROXY/);
    process.env["HTTPS_PROXY"] = "http://127.0.0.1:9";
    await allSay(url, /ECONNREFUSED 127\.0\.0\.1:9\. Nothing accepts.*HTTPS_PROXY and NO_PROXY/);
  });
});
