import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { access, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { httpTarget } from "../../../../provider/targets/http/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import type { Target } from "../../../../provider/targets/target";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import { startNginx, type Nginx } from "../../../servers/nginx";
import {
  makeArtifact,
  makeSparseDisk,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { listingOf } from "../access";
import { conformsAsTarget } from "../conformance";
import { httpSpec } from "./spec";

const secret = "Bearer secret-for-tests-only";

for (const kind of ["webdav", "put"] as const) {
  describe(`publishing to nginx that knows ${kind === "put" ? "PUT and DELETE only" : "WebDAV"}`, () => {
    const folder = useFolder();
    let nginx: Nginx;
    let proxy: FaultProxy;
    before(async () => {
      nginx = await startNginx({ kind, authorization: secret });
      proxy = await startFaultProxy(nginx.port);
    });
    beforeEach(async () => {
      proxy.reset();
      await nginx.clearLog();
    });
    after(async () => {
      await proxy.stop();
      await nginx.stop();
    });
    const target = (more: object = {}): Target =>
      httpTarget(
        httpSpec(`${proxy.endpoint}/images`, { headers: { Authorization: secret }, ...more }),
        { rootDirectory: folder() },
      );
    const at = (url: string): Target =>
      httpTarget(httpSpec(url, { headers: { Authorization: secret } }), {
        rootDirectory: folder(),
      });
    const fileOf = (artifact: LocalArtifact) => join(nginx.folder, "images", artifact.name);
    const besides = async (artifact: LocalArtifact) => {
      const names = await readdir(dirname(fileOf(artifact))).catch(() => []);
      return names.filter((name) => name.includes(artifact.artifactKey.slice(0, 12)));
    };
    const bytesPut = async () =>
      (await nginx.accessLog())
        .filter(({ method }) => method === "PUT")
        .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);

    conformsAsTarget({
      open: target,
      places: {
        same: () => at(`${proxy.endpoint.replace("127.0.0.1", "localhost")}/images`),
        another: async () => {
          await mkdir(join(nginx.folder, "others"), { recursive: true });
          return at(`${proxy.endpoint}/others`);
        },
      },
      folder,
      makeArtifact: (size) => makeArtifact(folder(), (size === "large" ? 20 : 1) * MiB),
      stored: async (artifact) => {
        const names = await besides(artifact);
        const contents = names.map(async (name) => {
          const path = join(dirname(fileOf(artifact)), name);
          return `${name} ${(await stat(path)).ino} ${sha256(await readFile(path))}`;
        });
        return names.length === 0 ? undefined : (await Promise.all(contents)).join("\n");
      },
      listing: () => listingOf(nginx.folder),
      uploadedBytes: () =>
        proxy.requests
          .filter(({ method }) => method === "PUT")
          .reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
      resetCounts: () => proxy.reset(),
      putForeign: async (artifact) => {
        await mkdir(dirname(fileOf(artifact)), { recursive: true });
        await writeFile(fileOf(artifact), "foreign");
      },
      alter: (artifact) => writeFile(fileOf(artifact), "something else"),
      altered: /14 bytes, expected 1048576/,
      interrupted: "starts again",
      retrieve: "file",
    });

    it("publishes a file, finds it, and curl reads it", async () => {
      const artifact = await makeArtifact(folder(), 6 * MiB);
      const told: number[] = [];
      const published = await target().publish(
        artifact,
        quietly({ onProgress: (done) => told.push(done) }),
      );
      const address = `${proxy.endpoint}/images/${artifact.name}`;
      assert.deepEqual(published, {
        format: "qcow2",
        target: `${proxy.endpoint}/images`,
        uri: address,
        url: address,
        sizeBytes: artifact.sizeBytes,
        sha256: artifact.sha256,
        mediaType: artifact.mediaType,
        artifactKey: artifact.artifactKey,
      });
      assert.equal(published.target, target().id);
      assert.deepEqual(await target().find(recorded(published), never), { state: "present" });
      const curl = await execa("curl", ["-fsS", `${nginx.origin}/images/${artifact.name}`], {
        encoding: "buffer",
      });
      assert.equal(sha256(Buffer.from(curl.stdout)), artifact.sha256);
      assert.deepEqual(await besides(artifact), [artifact.name.split("/")[1]]);
      assert.ok(told.length >= 6);
      assert.equal(told.at(-1), artifact.sizeBytes);
    });

    it(
      kind === "webdav"
        ? "makes the folders, sends it under another name, and renames it without overwriting"
        : "sends it under its own name, for nothing here renames",
      async () => {
        const made = await makeArtifact(folder(), 1 * MiB, `new-${kind}`);
        const published = recorded(
          await target().publish({ ...made, name: `a b/${made.name}` }, quietly()),
        );
        assert.match(published.uri, /\/images\/a%20b\/new-/);
        const log = await nginx.accessLog();
        const calls = log.map(({ method, path, status }) => {
          const name = decodeURI(path)
            .replace(/[0-9a-f]{12}(?=\.|\/)/g, "...")
            .replace(/partial-[0-9a-f]{12}$/, "partial");
          return `${method} ${name} ${status}`;
        });
        const own = `/images/a b/new-${kind}-.../new-${kind}-....qcow2`;
        assert.deepEqual(
          calls.filter((call) => /^(MKCOL|PUT|MOVE|DELETE)/.test(call)),
          kind === "webdav"
            ? [
                `MKCOL /images/a b/new-${kind}-.../ 409`,
                "MKCOL /images/a b/ 201",
                `MKCOL /images/a b/new-${kind}-.../ 201`,
                `PUT ${own}.partial 201`,
                `MOVE ${own}.partial 204`,
              ]
            : [`MKCOL /images/a b/new-${kind}-.../ 405`, `PUT ${own} 201`],
        );
        assert.deepEqual(await target().find(published, never), { state: "present" });
      },
    );

    it("sends nothing for an artifact that is already published", async () => {
      const artifact = await makeArtifact(folder(), 3 * MiB);
      const first = await target().publish(artifact, quietly());
      await nginx.clearLog();
      assert.deepEqual(await target().publish(artifact, quietly()), first);
      const methods = (await nginx.accessLog()).map(({ method }) => method);
      assert.deepEqual(methods, ["HEAD", "GET"]);
    });

    it("publishes an empty file, and a disk that is nearly all holes", async () => {
      for (const artifact of [
        await makeArtifact(folder(), 0),
        await makeSparseDisk(folder(), 40 * MiB),
      ]) {
        const published = recorded(await target().publish(artifact, quietly()));
        assert.equal(published.sha256, sha256(await readFile(fileOf(artifact))));
        assert.deepEqual(await target().find(published, never), { state: "present" });
      }
    });

    it("starts again when the connection is lost at 40 %, and leaves nothing of the first attempt", async () => {
      const artifact = await makeArtifact(folder(), 10 * MiB);
      const when = ({ method }: { method: string }) => method === "PUT";
      proxy.add({ fault: { type: "cut-upload", afterBytes: 4 * MiB }, times: 1, when });
      await target().publish(artifact, quietly());
      assert.equal(proxy.requests.filter(when).length, 2);
      assert.deepEqual(await besides(artifact), [artifact.name.split("/")[1]]);
      assert.equal(sha256(await readFile(fileOf(artifact))), artifact.sha256);
    });

    it("gives up when the connection is lost every time, and leaves no partial file", async () => {
      const artifact = await makeArtifact(folder(), 10 * MiB);
      const when = ({ method }: { method: string }) => method === "PUT";
      proxy.add({ fault: { type: "cut-upload", afterBytes: 4 * MiB }, when });
      await assert.rejects(
        target().publish(artifact, quietly()),
        fails("publish.unreachable", /closed the connection/, /no incomplete file is left/),
      );
      assert.deepEqual(await besides(artifact), []);
    });

    it("accepts a published file whose response was lost", async () => {
      const artifact = await makeArtifact(folder(), 2 * MiB);
      const when = ({ method }: { method: string }) => method === (kind === "put" ? "PUT" : "MOVE");
      proxy.add({ fault: { type: "lose-answer" }, times: 1, when });
      await target().publish(artifact, quietly());
      assert.equal(proxy.requests.filter(({ method }) => method === "PUT").length, 1);
      assert.deepEqual(await besides(artifact), [artifact.name.split("/")[1]]);
    });

    it("never overwrites a foreign file, of another size or of the same", async () => {
      for (const content of [Buffer.from("foreign"), Buffer.alloc(1 * MiB)]) {
        const artifact = await makeArtifact(folder(), 1 * MiB);
        await mkdir(dirname(fileOf(artifact)), { recursive: true });
        await writeFile(fileOf(artifact), content);
        await assert.rejects(
          target().publish(artifact, quietly()),
          fails("publish.name-taken", /expected/, /never overwritten/, /another folder/),
        );
        assert.deepEqual(await readFile(fileOf(artifact)), content);
      }
      assert.equal(await bytesPut(), 0);
    });

    if (kind === "webdav") {
      it("does not overwrite what came while it was sending", async () => {
        const artifact = await makeArtifact(folder(), 1 * MiB);
        const when = ({ method }: { method: string }) => {
          if (method === "MOVE") writeFileSync(fileOf(artifact), "foreign");
          return false;
        };
        proxy.add({ fault: { type: "hold" }, when });
        await assert.rejects(target().publish(artifact, quietly()), fails("publish.name-taken"));
        assert.equal(await readFile(fileOf(artifact), "utf8"), "foreign");
        assert.deepEqual(await besides(artifact), [artifact.name.split("/")[1]]);
      });
    }

    it("copies a publication back, and goes on where the connection breaks", async () => {
      const artifact = await makeArtifact(folder(), 8 * MiB);
      const published = recorded(await target().publish(artifact, quietly()));
      proxy.reset();
      const when = ({ method }: { method: string }) => method === "GET";
      proxy.add({ fault: { type: "cut-download", afterBytes: 3 * MiB }, times: 1, when });
      const path = join(folder(), `back-${artifact.artifactKey}`);
      await target().retrieve(published, path, quietly());
      assert.equal(sha256(await readFile(path)), artifact.sha256);
      const ranges = proxy.requests.filter(when).map(({ headers }) => headers.range);
      assert.equal(ranges.length, 2);
      assert.match(ranges[1] ?? "", /^bytes=[1-9]\d+-$/);
    });

    it("does not retrieve a file with other content", async () => {
      const artifact = await makeArtifact(folder(), 1 * MiB);
      const published = recorded(await target().publish(artifact, quietly()));
      await writeFile(fileOf(artifact), Buffer.alloc(1 * MiB));
      const path = join(folder(), "altered");
      await assert.rejects(
        target().retrieve(published, path, quietly()),
        fails("publish.failed", /SHA-256/, /altered after it was published/),
      );
      await assert.rejects(access(path), { code: "ENOENT" });
    });

    for (const [what, headers] of [
      ["no", {}],
      ["wrong", { Authorization: "Bearer secret-for-tests-only-2" }],
    ] as const) {
      it(`says what to do with ${what} credentials, before and after`, async () => {
        const artifact = await makeArtifact(folder(), 4 * MiB);
        const denied = fails("publish.denied", /server answered 401/, /headersFile/);
        await assert.rejects(target({ headers }).publish(artifact, quietly()), denied);
        assert.deepEqual(await besides(artifact), []);
        const published = recorded(await target().publish(artifact, quietly()));
        await assert.rejects(target({ headers }).remove(published, never), denied);
        assert.deepEqual(await target({ headers }).find(published, never), { state: "present" });
      });
    }

    it("reads the headers' file at each use", async () => {
      const file = join(folder(), "headers");
      const rotating = target({ headers: undefined, headersFile: "headers" });
      const artifact = await makeArtifact(folder(), 1000);
      await assert.rejects(
        rotating.publish(artifact, quietly()),
        fails("publish.denied", /headers/),
      );
      await writeFile(file, "Authorization: Bearer old\n");
      await assert.rejects(rotating.publish(artifact, quietly()), fails("publish.denied", /401/));
      const rotated = `\ufeff# rotated on Windows\r\nAuthorization: ${secret}\r\n\r\n`;
      await writeFile(file, Buffer.from(rotated, "utf16le"));
      await assert.rejects(
        rotating.publish(artifact, quietly()),
        fails("publish.denied", /is UTF-16.*iconv/),
      );
      await writeFile(file, rotated);
      await rotating.publish(artifact, quietly());
      await writeFile(file, "secret-for-tests-only");
      await assert.rejects(
        rotating.publish(artifact, quietly()),
        fails("publish.denied", /Line 1 is not of the form/),
      );
    });
  });
}
