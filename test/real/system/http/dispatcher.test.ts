import assert from "node:assert/strict";
import { targetDispatcher } from "../../../../provider/system/http/target-dispatcher";
import { openDispatcher } from "../../../../provider/system/http/dispatcher";
import { serveFile, serveProxy, type FileServer, type Proxy } from "../../../servers/http-files";

const variables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

describe("the connection pools", () => {
  const before = new Map(variables.map((name) => [name, process.env[name]]));
  let server: FileServer;
  let proxy: Proxy;

  beforeEach(async () => {
    for (const name of variables) Reflect.deleteProperty(process.env, name);
    server = await serveFile({ content: Buffer.from("installer") });
    proxy = await serveProxy();
  });

  afterEach(async () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await server.close();
    await proxy.close();
  });

  const get = async (protocol: "http" | "https"): Promise<number> => {
    const dispatcher = await targetDispatcher();
    const { pathname, host } = new URL(server.url);
    const request = { origin: `${protocol}://${host}`, path: pathname, method: "GET" } as const;
    const { statusCode, body } = await dispatcher.request(request);
    await body.dump();
    return statusCode;
  };

  it("use HTTP_PROXY for http only", async () => {
    process.env["HTTP_PROXY"] = proxy.url;
    assert.equal(await get("http"), 200);
    assert.deepEqual(proxy.log, [`GET ${server.url}`]);
    await assert.rejects(get("https"));
    assert.equal(proxy.log.length, 1);
  });

  it("use HTTPS_PROXY for https only", async () => {
    process.env["HTTPS_PROXY"] = proxy.url;
    await assert.rejects(get("https"));
    assert.deepEqual(proxy.log, [`CONNECT ${new URL(server.url).host}`]);
    assert.equal(await get("http"), 200);
    assert.equal(proxy.log.length, 1);
  });

  it("ignore an invalid address of a proxy that is not used", async () => {
    process.env["HTTPS_PROXY"] = "http://:0:0";
    assert.equal(await get("http"), 200);
    await assert.rejects(get("https"), { code: "ERR_INVALID_URL" });
  });

  it("are shared by requests with the same route, and separate when the environment changes", async () => {
    const first = await openDispatcher({ tls: {} });
    assert.equal(await openDispatcher({ tls: {} }), first);
    assert.notEqual(await openDispatcher({ tls: { servername: "other" } }), first);
    process.env["HTTP_PROXY"] = proxy.url;
    assert.notEqual(await openDispatcher({ tls: {} }), first);
  });
});
