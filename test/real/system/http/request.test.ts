import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { openDispatcher } from "../../../../provider/system/http/dispatcher";
import { followRedirects } from "../../../../provider/system/http/redirect";
import { sendRequest, type RepeatableRequest } from "../../../../provider/system/http/request";
import { sendWithRetry } from "../../../../provider/system/http/retry";
import { useEnvironment } from "../../../support/environment";

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

describe("HTTP requests", () => {
  useEnvironment();
  const open: Server[] = [];
  const received: Received[] = [];

  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (/_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name);
    }
  });
  afterEach(() => {
    received.length = 0;
    for (const server of open.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** Records each request, and responds with the next of these handlers; the last one handles all further requests. */
  const start = async (
    ...handlers: ((response: ServerResponse, request: IncomingMessage) => void)[]
  ): Promise<URL> => {
    let count = 0;
    const server = createServer((request, response) => {
      const handle = handlers[Math.min(count++, handlers.length - 1)];
      void text(request).then((body) => {
        const { method = "", url = "", headers } = request;
        received.push({ method, path: url, headers, body });
        handle?.(response, request);
      });
    });
    open.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new URL(`http://127.0.0.1:${address.port}/path`);
  };
  const status =
    (code: number, headers: Record<string, string> = {}, body = "") =>
    (response: ServerResponse) =>
      response.writeHead(code, headers).end(body);
  const reset = (_: ServerResponse, request: IncomingMessage) => request.socket.resetAndDestroy();
  const request = (url: URL, more: Partial<RepeatableRequest> = {}): RepeatableRequest => {
    const { signal } = new AbortController();
    return { method: "GET", url, headers: {}, signal, ...more };
  };
  const dispatcher = () => openDispatcher({ tls: {} });

  it("are sent with exactly the path that was signed", async () => {
    const url = await start(status(200));
    const rawPath = "/bucket/a/../b//%2e/c?x=1";
    await (await sendRequest(await dispatcher(), { ...request(url), rawPath })).discard();
    assert.equal(received[0]?.path, rawPath);
  });

  it("have the length of their body", async () => {
    const url = await start(status(200));
    const chunks = () => [Buffer.from("two "), Buffer.from("chunks")];
    for (const body of ["some text", { length: 10, chunks }]) {
      const sent = request(url, { method: "PUT", body });
      await (await sendRequest(await dispatcher(), sent)).discard();
    }
    assert.deepEqual(
      received.map(({ body, headers }) => [body, headers["content-length"]]),
      [
        ["some text", "9"],
        ["two chunks", "10"],
      ],
    );
  });

  it("keep the body of a response with status 400", async () => {
    const url = await start(status(400, {}, "the name is invalid"));
    const response = await sendRequest(await dispatcher(), request(url));
    assert.deepEqual([response.status, await response.text()], [400, "the name is invalid"]);
  });

  it("fail for a text that is longer than expected", async () => {
    const url = await start(status(200, {}, "x".repeat(2000)));
    const response = await sendRequest(await dispatcher(), request(url));
    await assert.rejects(response.text(1000), { code: "publish.failed" });
  });

  it("are repeated after 5xx, 429 and lost connections, with their body", async () => {
    const soon = { "retry-after": "0" };
    const url = await start(status(503, soon), status(429, soon), reset, status(201));
    const response = await sendWithRetry(
      await dispatcher(),
      request(url, { method: "PUT", body: "content" }),
    );
    assert.equal(response.status, 201);
    assert.deepEqual(
      received.map(({ body }) => body),
      ["content", "content", "content", "content"],
    );
  });

  it("are sent five times at most", async () => {
    const url = await start(status(503, { "retry-after": "0" }));
    const response = await sendWithRetry(await dispatcher(), request(url));
    assert.equal(response.status, 503);
    assert.equal(received.length, 5);
  });

  it("are not repeated after a final response", async () => {
    for (const code of [200, 400, 401, 403, 404, 409, 412, 501]) {
      received.length = 0;
      const url = await start(status(code));
      const response = await sendWithRetry(await dispatcher(), request(url));
      assert.equal(response.status, code);
      assert.equal(received.length, 1);
    }
  });

  it("are not repeated by themselves", async () => {
    const url = await start(reset);
    const sent = sendRequest(await dispatcher(), request(url, { method: "POST", body: "{}" }));
    await assert.rejects(sent, { code: "ECONNRESET" });
    assert.equal(received.length, 1);
  });

  it("keep their credentials from another origin, and follow no redirect of a write", async () => {
    const other = await start(status(200));
    const url = await start(status(307, { location: other.href }));
    const headers = { authorization: "Bearer t", accept: "text/plain" };
    const credentials = { "x-token": "t" };
    const read = request(url, { headers, credentials });
    const response = await followRedirects(await dispatcher(), read);
    await response.discard();
    assert.equal(response.url.href, other.href);
    const [first, second] = received;
    assert.equal(first?.headers["x-token"], "t");
    assert.equal(second?.headers["x-token"], undefined);
    assert.equal(second?.headers.authorization, undefined);
    assert.equal(second?.headers.accept, "text/plain");
    const write = request(url, { method: "PUT", body: "content" });
    assert.equal((await followRedirects(await dispatcher(), write)).status, 307);
  });
});
