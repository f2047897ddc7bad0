import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { httpTarget } from "../../../../provider/targets/http/target";
import type { ErrorCode } from "../../../../provider/base/errors";
import { startFaultProxy } from "../../../servers/fault-proxy";
import { startNginx, type NginxOptions } from "../../../servers/nginx";
import { startUploadServer, type UploadServer } from "../../../servers/upload-server";
import {
  makeArtifact,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { httpSpec } from "./spec";

describe("publishing to a server that writes in place", () => {
  const folder = useFolder();
  let server: UploadServer;
  before(async () => {
    server = await startUploadServer();
  });
  beforeEach(() => server.reset());
  after(() => server.stop());
  const target = (more: object = {}) =>
    httpTarget(httpSpec(`${server.origin}/store`, more), { rootDirectory: folder() });
  const names = () => [...server.files.keys()];

  it("publishes, finds, takes back and removes a file", async () => {
    const artifact = await makeArtifact(folder(), 3 * MiB);
    const published = recorded(await target().publish(artifact, quietly()));
    assert.deepEqual(names(), [`/store/${artifact.name}`]);
    assert.deepEqual(await target().find(published, never), { state: "present" });
    const path = join(folder(), "back");
    await target().retrieve(published, path, quietly());
    assert.equal(sha256(await readFile(path)), artifact.sha256);
    await target().remove(published, never);
    assert.deepEqual(names(), []);
  });

  it("removes what a cancelled upload left under the final name", async () => {
    const artifact = await makeArtifact(folder(), 20 * MiB);
    const cancel = new AbortController();
    let seen = 0;
    const onProgress = (done: number) => {
      if (done < 8 * MiB) return;
      seen ||= server.files.get(`/store/${artifact.name}`)?.length ?? 0;
      if (seen > 0) cancel.abort();
    };
    await assert.rejects(
      target().publish(artifact, { signal: cancel.signal, onProgress }),
      fails("build.cancelled"),
    );
    assert.ok(seen > 0 && seen < artifact.sizeBytes, "half of it was to be seen there");
    assert.deepEqual(names(), []);
  });

  it("removes what a broken upload left, and begins anew", async () => {
    const proxy = await startFaultProxy(Number(new URL(server.origin).port));
    try {
      const artifact = await makeArtifact(folder(), 10 * MiB);
      const when = ({ method }: { method: string }) => method === "PUT";
      proxy.add({ fault: { type: "cut-upload", afterBytes: 4 * MiB }, times: 1, when });
      const spec = httpSpec(`${proxy.endpoint}/store`);
      await httpTarget(spec, { rootDirectory: folder() }).publish(artifact, quietly());
      const methods = proxy.requests.map(({ method }) => method);
      assert.equal(methods.filter((method) => method === "PUT").length, 2);
      assert.ok(methods.includes("DELETE"), methods.join());
      const [content] = [...server.files.values()];
      assert.equal(sha256(content ?? ""), artifact.sha256);
    } finally {
      await proxy.stop();
    }
  });

  it("does not take for published what the server keeps only a part of", async () => {
    const artifact = await makeArtifact(folder(), 1 * MiB);
    const path = `/store/${artifact.name}`;
    server.refuse = (method) => {
      if (method !== "PUT") return undefined;
      server.files.set(path, Buffer.alloc(10));
      return 201;
    };
    await assert.rejects(
      target().publish(artifact, quietly()),
      fails(
        "publish.failed",
        /does not have the content that was sent/,
        /It has 10 bytes, expected 1048576/,
      ),
    );
    assert.deepEqual(names(), []);
  });

  it("leaves the file of another program that was first, and takes it where it is the same", async () => {
    for (const same of [true, false]) {
      server.reset();
      const artifact = await makeArtifact(folder(), 1 * MiB);
      const path = `/store/${artifact.name}`;
      const content = same ? await readFile(artifact.path) : Buffer.alloc(1 * MiB);
      server.refuse = (method) => {
        // Between the target's HEAD and its PUT.
        if (method === "OPTIONS") server.files.set(path, content);
        return undefined;
      };
      const publishing = target().publish(artifact, quietly());
      if (same) await publishing;
      else await assert.rejects(publishing, fails("publish.name-taken", /SHA-256/));
      assert.deepEqual(server.files.get(path), content);
      assert.ok(server.log.some((line) => /^PUT .* 412$/.test(line)));
    }
  });

  it("asks for one byte where the server refuses HEAD", async () => {
    server.refuse = (method) => (method === "HEAD" ? 405 : undefined);
    const artifact = await makeArtifact(folder(), 1 * MiB);
    const published = recorded(await target().publish(artifact, quietly()));
    server.log.length = 0;
    assert.deepEqual(await target().find(published, never), { state: "present" });
    assert.match(server.log.join(), /^HEAD [^ ]+ 405,GET [^ ]+ 206$/);
    server.files.set(new URL(published.uri).pathname, Buffer.alloc(7));
    assert.equal((await target().find(published, never)).state, "altered");
    server.files.clear();
    assert.deepEqual(await target().find(published, never), { state: "absent" });
  });

  for (const [what, tell] of [
    ["Repr-Digest", (sum: Buffer) => ({ "repr-digest": `sha-256=:${sum.toString("base64")}:` })],
    ["Digest", (sum: Buffer) => ({ digest: `md5=x==,SHA-256=${sum.toString("base64")}` })],
    ["X-Checksum-Sha256", (sum: Buffer) => ({ "x-checksum-sha256": sum.toString("hex") })],
    ["OC-Checksum", (sum: Buffer) => ({ "oc-checksum": `SHA1:x SHA256:${sum.toString("hex")}` })],
  ] as const) {
    it(`believes the server's ${what}: no content is read, and one that differs is told`, async () => {
      server.tell = (content) => tell(Buffer.from(sha256(content), "hex"));
      const artifact = await makeArtifact(folder(), 1 * MiB);
      const published = recorded(await target().publish(artifact, quietly()));
      server.log.length = 0;
      await target().publish(artifact, quietly());
      assert.match(server.log.join(), /^HEAD [^ ]+ 200$/);
      server.files.set(new URL(published.uri).pathname, Buffer.alloc(1 * MiB));
      const finding = await target().find(published, never);
      assert.equal(finding.state, "altered", JSON.stringify(finding));
    });
  }

  const refusals: readonly (readonly [string, number, ErrorCode, RegExp])[] = [
    ["PUT", 507, "publish.failed", /disk or quota is full\. Free space/],
    ["PUT", 413, "publish.failed", /larger than the limit of the server[^]*client_max_body_size/],
    ["PUT", 403, "publish.denied", /The server requires credentials[^]*headersFile/],
    ["PUT", 405, "publish.failed", /does not support the method[^]*dav_methods/],
    ["PUT", 409, "publish.not-found", /folder does not exist[^]*createFolders/],
    ["PUT", 302, "publish.failed", /redirects to another URL[^]*`url`/],
    ["PUT", 422, "publish.failed", /server answered 422/],
    ["PUT", 503, "publish.unreachable", /internal error/],
    ["HEAD", 500, "publish.unreachable", /internal error/],
  ];
  for (const [method, status, code, text] of refusals) {
    it(`says what a ${status} to ${method} means, and leaves nothing`, async () => {
      server.refuse = (asked, path) =>
        asked === method || (method === "HEAD" && asked === "GET" && path !== "/")
          ? status
          : undefined;
      const artifact = await makeArtifact(folder(), 2 * MiB);
      await assert.rejects(target().publish(artifact, quietly()), fails(code, text));
      assert.deepEqual(names(), []);
    });
  }

  for (const status of [403, 405]) {
    it(`says that the server does not permit DELETE when it answers ${status}`, async () => {
      const artifact = await makeArtifact(folder(), 1000);
      const published = recorded(await target().publish(artifact, quietly()));
      server.refuse = (method) => (method === "DELETE" ? status : undefined);
      await assert.rejects(
        target().remove(published, never),
        fails("publish.denied", /does not permit DELETE/, /dav_methods PUT DELETE/),
      );
    });
  }

  it("calls unreachable what it may not look at, and never absent", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const published = recorded(await target().publish(artifact, quietly()));
    for (const status of [401, 403, 500]) {
      server.refuse = () => status;
      const finding = await target().find(published, never);
      assert.equal(finding.state, "unreachable");
      assert.match(JSON.stringify(finding), new RegExp(`answered ${status}`));
    }
    await assert.rejects(target().remove(published, never), fails("publish.unreachable"));
  });

  it("says that nothing accepts connections at a closed port", async () => {
    const dead = httpTarget(httpSpec("http://127.0.0.1:9/x"), { rootDirectory: folder() });
    const artifact = await makeArtifact(folder(), 1000);
    await assert.rejects(
      dead.publish(artifact, quietly()),
      fails("publish.unreachable", /ECONNREFUSED/, /host and port in the target's `url`/),
    );
  });

  it("gives readers the public address, and sends to its own", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const more = { publicUrl: "https://cdn.example/images/" };
    const { uri, url } = await target(more).publish(artifact, quietly());
    assert.equal(uri, `${server.origin}/store/${artifact.name}`);
    assert.equal(url, `https://cdn.example/images/${artifact.name}`);
  });

  it("makes no folder where it is told not to", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await target({ createFolders: false }).publish(artifact, quietly());
    assert.ok(!server.log.join().includes("MKCOL"));
  });

  it("removes nothing outside its own folder", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const published = recorded(await target().publish(artifact, quietly()));
    for (const uri of [
      `${server.origin}/other/a.qcow2`,
      `${server.origin}/store/../other/a.qcow2`,
      "http://elsewhere/store/a.qcow2",
    ]) {
      await assert.rejects(target().remove({ ...published, uri }, never), fails("internal"));
    }
  });
});

describe("publishing to nginx with limits of its own", () => {
  const folder = useFolder();
  async function with_(
    options: NginxOptions,
    work: (origin: string, files: string) => Promise<void>,
  ): Promise<void> {
    const nginx = await startNginx(options);
    try {
      await work(nginx.origin, nginx.folder);
    } finally {
      await nginx.stop();
    }
  }

  it("says that a file is larger than what it takes", () =>
    with_({ kind: "put", largestBody: MiB }, async (origin, files) => {
      const artifact = await makeArtifact(folder(), 8 * MiB);
      const target = httpTarget(httpSpec(origin), { rootDirectory: folder() });
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails("publish.failed", /413/, /client_max_body_size/),
      );
      assert.deepEqual(await readdir(files), []);
    }));

  it("says that it only serves", () =>
    with_({ kind: "read-only" }, async (origin) => {
      const artifact = await makeArtifact(folder(), 2 * MiB);
      const target = httpTarget(httpSpec(origin), { rootDirectory: folder() });
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails("publish.failed", /405/, /dav_methods/),
      );
    }));

  it("does not trust an unknown certificate until the CA is named, and says so", async () => {
    const [key, cert] = [join(folder(), "key.pem"), join(folder(), "cert.pem")];
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
      ...[...subject, "-keyout", key, "-out", cert],
    ]);
    await with_({ kind: "webdav", tls: { key, cert } }, async (origin, files) => {
      const artifact = await makeArtifact(folder(), 2 * MiB);
      const target = httpTarget(httpSpec(origin), { rootDirectory: folder() });
      await assert.rejects(
        target.publish(artifact, quietly()),
        fails("publish.unreachable", /does not trust the server's certificate/, /SSL_CERT_FILE/),
      );
      const before = process.env["SSL_CERT_FILE"];
      process.env["SSL_CERT_FILE"] = cert;
      try {
        const published = recorded(await target.publish(artifact, quietly()));
        assert.deepEqual(await target.find(published, never), { state: "present" });
        const file = join(files, artifact.name);
        assert.deepEqual(await readdir(dirname(file)), [artifact.name.split("/")[1]]);
        assert.equal(sha256(await readFile(file)), artifact.sha256);
      } finally {
        if (before === undefined) Reflect.deleteProperty(process.env, "SSL_CERT_FILE");
        else process.env["SSL_CERT_FILE"] = before;
      }
    });
  });
});
