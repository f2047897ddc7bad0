import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readdir } from "node:fs/promises";
import type { ErrorCode } from "../../../../provider/base/errors";
import { noFindings, type AccessFindings } from "../../../../provider/targets/access";
import { httpTarget } from "../../../../provider/targets/http/target";
import { startNginx, type NginxOptions } from "../../../servers/nginx";
import { startUploadServer, type UploadServer } from "../../../servers/upload-server";
import { MiB, never } from "../../../support/artifacts";
import { needs } from "../access";
import { httpSpec } from "./spec";

const check = (url: string, more: object = {}, wanted = needs): Promise<AccessFindings> =>
  httpTarget(httpSpec(url, more), { rootDirectory: "/" }).checkAccess(wanted, never);

function assertOnly({ problems }: AccessFindings, code: ErrorCode, ...texts: RegExp[]): void {
  assert.deepEqual(
    problems.map((it) => it.code),
    [code],
    problems.map(({ message }) => message).join("\n"),
  );
  for (const text of texts) assert.match(problems[0]?.message ?? "", text);
}

describe("asking a web server", () => {
  async function withNginx(
    options: NginxOptions,
    work: (url: string, sent: () => Promise<number>) => Promise<void>,
  ): Promise<void> {
    const nginx = await startNginx(options);
    const sent = async () =>
      (await nginx.accessLog()).reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    try {
      await work(`${nginx.origin}/images`, sent);
      assert.deepEqual(await readdir(nginx.folder), []);
    } finally {
      await nginx.stop();
    }
  }

  it("refuses one that only serves files, although it answers HEAD", () =>
    withNginx({ kind: "read-only" }, async (url) => {
      assertOnly(await check(url), "publish.failed", /answered 405/, /dav_methods PUT DELETE/);
    }));

  it("refuses one that wants credentials for PUT only, and takes these", () =>
    withNginx({ kind: "put", authorization: "Bearer right" }, async (url) => {
      assertOnly(await check(url), "publish.denied", /answered 401/, /the target has none/);
      const wrong = { headers: { Authorization: "Bearer wrong" } };
      assertOnly(await check(url, wrong), "publish.denied", /wrong or expired/);
      assert.deepEqual(
        await check(url, { headers: { Authorization: "Bearer right" } }),
        noFindings,
      );
    }));

  it("refuses one whose limit is below the size of any artifact, without sending one", () =>
    withNginx({ kind: "webdav", largestBody: MiB }, async (url, sent) => {
      const { problems } = await check(url);
      assert.match(problems[0]?.message ?? "", /answered 413.*client_max_body_size 0/);
      assert.deepEqual(await check(url, {}, { ...needs, leastBytes: MiB - 1 }), noFindings);
      assert.ok((await sent()) < 10_000);
    }));

  it("refuses one that does not exist", async () => {
    assertOnly(await check("http://127.0.0.1:9/images"), "publish.unreachable");
  });

  describe("of another kind", () => {
    let server: UploadServer;
    before(async () => {
      server = await startUploadServer();
    });
    beforeEach(() => server.reset());
    after(() => server.stop());

    it("leaves nothing on one that writes in place and ignores every condition", async () => {
      assert.deepEqual(await check(`${server.origin}/store`), noFindings);
      assert.deepEqual([...server.files.keys()], []);
    });

    for (const status of [301, 401, 403, 405, 407, 413, 501, 507]) {
      it(`refuses one that answers PUT with ${status}`, async () => {
        server.refuse = (method) => (method === "PUT" ? status : undefined);
        const { problems } = await check(`${server.origin}/store`);
        assert.equal(problems.length, 1);
        assert.match(problems[0]?.message ?? "", new RegExp(`answered ${status}|proxy requires`));
      });
    }

    it("takes a missing folder for a problem only if publishing does not create it", async () => {
      server.refuse = (method) => (method === "PUT" ? 409 : undefined);
      assert.deepEqual(await check(`${server.origin}/store`), noFindings);
      const fixed = await check(`${server.origin}/store`, { createFolders: false });
      assertOnly(fixed, "publish.not-found", /The folder does not exist/);
    });

    it("says nothing where the answer does not concern an artifact", async () => {
      for (const status of [400, 412, 416, 429, 500, 502, 503]) {
        server.refuse = (method) => (method === "PUT" ? status : undefined);
        assert.deepEqual(await check(`${server.origin}/store`), noFindings, String(status));
      }
    });
  });

  /** A proxy that reads the whole body before it asks the server behind it. */
  async function withBufferingServer(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    work: (url: string, log: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const log: string[] = [];
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        log.push(request.method ?? "");
        answer(request, response);
      });
      request.on("error", () => undefined);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    try {
      await work(`http://127.0.0.1:${address.port}/images`, log);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it("hears a refusal from behind a proxy that buffers the upload", () =>
    withBufferingServer(
      ({ method }, response) => response.writeHead(method === "PUT" ? 403 : 404).end(),
      async (url) => assertOnly(await check(url), "publish.denied", /answered 403/),
    ));

  it("sends no file to a server that announces no DELETE, where it could not be removed again", () =>
    withBufferingServer(
      ({ method }, response) => {
        if (method === "OPTIONS") response.writeHead(200, { allow: "GET, HEAD, PUT" }).end();
        else response.writeHead(method === "PUT" ? 201 : 404).end();
      },
      async (url, log) => {
        assert.deepEqual(await check(url), noFindings);
        assert.deepEqual(
          log.filter((method) => method === "PUT"),
          [],
        );
      },
    ));
});
