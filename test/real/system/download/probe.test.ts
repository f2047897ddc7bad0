import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { probeInstaller } from "../../../../provider/system/download/probe";
import { serveFile, serveProxy, type FileServer, type Proxy } from "../../../servers/http-files";

const signal = new AbortController().signal;
const content = Buffer.alloc(32 * 1024 * 1024, "installer");
const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
const variables = [...names, "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

describe("probing an installer over HTTP", () => {
  const open: { close(): Promise<void> }[] = [];
  const before = new Map(variables.map((name) => [name, process.env[name]]));

  async function start(options: Parameters<typeof serveFile>[0]): Promise<FileServer> {
    const server = await serveFile({ content, ...options });
    open.push(server);
    return server;
  }

  async function startProxy(): Promise<Proxy> {
    const proxy = await serveProxy();
    open.push(proxy);
    return proxy;
  }

  beforeEach(() => {
    for (const name of variables) Reflect.deleteProperty(process.env, name);
  });

  afterEach(async () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  it("requests only one byte of a presigned URL", async () => {
    const server = await start({ presigned: true });
    const url = `${server.url}?X-Amz-Signature=abc`;
    const version = await probeInstaller({ url }, signal);
    assert.equal(version.validator, `etag "v1"; length ${content.length}`);
    assert.equal(version.sizeBytes, content.length);
    assert.deepEqual(
      server.log.map(({ method, range, sent }) => ({ method, range, sent })),
      [{ method: "GET", range: "bytes=0-0", sent: 1 }],
    );
  });

  it("does not download from a server that ignores ranges", async () => {
    const server = await start({ honoursRanges: false, slow: true });
    const { sizeBytes } = await probeInstaller({ url: server.url }, signal);
    assert.equal(sizeBytes, content.length);
    await open.splice(0)[0]?.close();
    assert.ok((server.log[0]?.sent ?? 0) < content.length / 4, `sent ${server.log[0]?.sent ?? 0}`);
  });

  const refusals = [
    { status: 404, code: "installer.not-found", next: /Correct the URL/ },
    { status: 401, code: "installer.denied", next: /Renew/ },
    { status: 403, code: "installer.denied", next: /expired/ },
    { status: 503, code: "installer.unreachable", next: /Try again/ },
  ];
  for (const { status, code, next } of refusals) {
    it(`maps ${status} to ${code}, and never shows query or password`, async () => {
      const server = await start({ status });
      const url = `${server.url.replace("//", "//user:hidden@")}?signature=hidden`;
      await assert.rejects(probeInstaller({ url }, signal), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, next);
        assert.ok(!error.message.includes("hidden"), error.message);
        return true;
      });
    });
  }

  it("maps a closed port to installer.unreachable, with the cause", async () => {
    const server = await start({});
    await open.splice(0)[0]?.close();
    await assert.rejects(probeInstaller({ url: server.url }, signal), {
      code: "installer.unreachable",
      message: /ECONNREFUSED/,
    });
  });

  it("sends user and password of a URL as basic authentication", async () => {
    const value = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    const server = await start({ requiredHeader: { name: "authorization", value } });
    await probeInstaller({ url: server.url.replace("//", "//user:p%40ss@") }, signal);
    assert.equal(server.log[0]?.status, 206);
  });

  it("follows redirects within an origin with all headers", async () => {
    const server = await start({ requiredHeader: { name: "x-token", value: "t" } });
    server.behaviour.redirectTo = "/elsewhere.iso";
    await probeInstaller({ url: server.url, headers: { "X-Token": "t" } }, signal);
    assert.deepEqual(
      server.log.map(({ path, status }) => [path, status]),
      [
        ["/installer.iso", 302],
        ["/elsewhere.iso", 206],
      ],
    );
  });

  it("keeps the user's headers from another origin, but sends the range there", async () => {
    const storage = await start({});
    const front = await start({ redirectTo: `${storage.origin}/object` });
    const headers = { Authorization: "Bearer t", "X-Token": "t" };
    await probeInstaller({ url: front.url, headers }, signal);
    assert.equal(front.log[0]?.headers["x-token"], "t");
    const [second] = storage.log;
    assert.equal(second?.range, "bytes=0-0");
    assert.equal(second.headers.authorization, undefined);
    assert.equal(second.headers["x-token"], undefined);
  });

  it("ends a redirect loop", async () => {
    const server = await start({});
    // The fragment is not sent to the server, so the redirect loops.
    server.behaviour.redirectTo = `${server.origin}/a#b`;
    await assert.rejects(probeInstaller({ url: server.url }, signal), { message: /10 redirects/ });
  });

  it("uses HTTP_PROXY for a plain request, except for hosts in NO_PROXY", async () => {
    const [server, proxy] = [await start({}), await startProxy()];
    process.env["http_proxy"] = proxy.url;
    await probeInstaller({ url: server.url }, signal);
    assert.deepEqual(proxy.log, [`GET ${server.url}`]);
    process.env["NO_PROXY"] = "127.0.0.1";
    await probeInstaller({ url: server.url }, signal);
    assert.equal(proxy.log.length, 1);
    assert.equal(server.log.length, 2);
  });

  it("trusts a private CA from either variable, also through HTTPS_PROXY", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stylus-ca-"));
    try {
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      await execa("openssl", [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" "),
        ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-keyout", key, "-out", cert],
      ]);
      const tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
      const server = await start({ tls });
      await assert.rejects(probeInstaller({ url: server.url }, signal), {
        code: "installer.unreachable",
        message: /NODE_EXTRA_CA_CERTS/,
      });
      process.env["SSL_CERT_FILE"] = cert;
      await probeInstaller({ url: server.url }, signal);
      Reflect.deleteProperty(process.env, "SSL_CERT_FILE");
      const proxy = await startProxy();
      process.env["NODE_EXTRA_CA_CERTS"] = cert;
      process.env["HTTPS_PROXY"] = proxy.url;
      await probeInstaller({ url: server.url }, signal);
      assert.deepEqual(proxy.log, [`CONNECT ${new URL(server.url).host}`]);
      assert.equal(server.log.length, 2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("does not send https through HTTP_PROXY", async () => {
    const proxy = await startProxy();
    const server = await start({});
    process.env["HTTP_PROXY"] = proxy.url;
    await assert.rejects(probeInstaller({ url: server.url.replace("http:", "https:") }, signal));
    assert.deepEqual(proxy.log, []);
  });
});
