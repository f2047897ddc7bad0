import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadInstaller } from "../../../../provider/system/download/download";
import { serveFile, type FileServer, type FileServerOptions } from "../../../servers/http-files";

const content = randomBytes(8 * 1024 * 1024);
const other = randomBytes(8 * 1024 * 1024);
const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const MiB = 1024 * 1024;

describe("downloading an installer", () => {
  let directory = "";
  const open: FileServer[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "stylus-download-"));
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
    await rm(directory, { recursive: true, force: true });
  });

  async function start(options: FileServerOptions = {}): Promise<FileServer> {
    const server = await serveFile({ content, ...options });
    open.push(server);
    return server;
  }

  function download(
    server: FileServer,
    given: { sha256?: string; query?: string; abort?: AbortController; stopAt?: number } = {},
  ) {
    const { sha256, query = "", abort = new AbortController(), stopAt = Infinity } = given;
    return downloadInstaller(
      { url: server.url + query, ...(sha256 === undefined ? {} : { sha256 }) },
      {
        directory,
        signal: abort.signal,
        onProgress: (done) => {
          if (done >= stopAt) abort.abort();
        },
      },
    );
  }

  const ranges = (server: FileServer) => server.log.map(({ range }) => range);

  async function interruptAt(server: FileServer, bytes: number): Promise<void> {
    server.behaviour.slow = true;
    await assert.rejects(download(server, { stopAt: bytes }), { code: "build.cancelled" });
    server.behaviour.slow = false;
    server.log.length = 0;
  }

  it("names the file after its SHA-256 and leaves nothing else", async () => {
    const server = await start();
    const result = await download(server);
    assert.deepEqual(result, {
      path: join(directory, `${sha256Of(content)}.iso`),
      sha256: sha256Of(content),
      sizeBytes: content.length,
      validator: `etag "v1"; length ${content.length}`,
    });
    assert.ok((await readFile(result.path)).equals(content));
    assert.deepEqual(await readdir(directory), [`${sha256Of(content)}.iso`]);
  });

  it("makes no request when the pinned file exists", async () => {
    const server = await start();
    await download(server, { sha256: sha256Of(content) });
    server.log.length = 0;
    const again = await download(server, { sha256: sha256Of(content) });
    assert.equal(again.sizeBytes, content.length);
    assert.equal(server.log.length, 0);
  });

  it("continues after lost connections, and downloads no byte twice", async () => {
    const server = await start({ dropAfter: 2 * MiB, dropsLeft: 2 });
    // The probe's single byte stays below the limit, so the connection breaks during the transfer.
    const result = await download(server);
    assert.equal(result.sha256, sha256Of(content));
    assert.equal(server.log.length, 4);
    assert.deepEqual(ranges(server).slice(0, 2), ["bytes=0-0", undefined]);
    assert.match(ranges(server)[2] ?? "", /^bytes=\d{5,}-$/);
    assert.equal(server.log[2]?.headers["if-range"], '"v1"');
  });

  it("continues where an earlier process ended, also with a new signature", async () => {
    const server = await start();
    await interruptAt(server, 3 * MiB);
    const [partial] = await readdir(directory);
    assert.match(partial ?? "", /^[0-9a-f]{64}\.partial$/);
    const result = await download(server, { query: "?signature=new" });
    assert.equal(result.sha256, sha256Of(content));
    assert.match(ranges(server)[1] ?? "", /^bytes=[1-9]\d+-$/);
    assert.deepEqual(await readdir(directory), [`${sha256Of(content)}.iso`]);
  });

  it("downloads nothing when only the rename was missing", async () => {
    const server = await start();
    await interruptAt(server, 3 * MiB);
    const [partial] = await readdir(directory);
    const { path } = await download(server);
    await rename(path, join(directory, partial ?? ""));
    server.log.length = 0;
    assert.equal((await download(server)).sha256, sha256Of(content));
    assert.deepEqual(ranges(server), ["bytes=0-0"]);
  });

  it("starts again when the server ignores ranges", async () => {
    const server = await start({ honoursRanges: false, dropAfter: 2 * MiB });
    server.behaviour.dropsLeft = 1;
    const result = await download(server);
    assert.equal(result.sha256, sha256Of(content));
    assert.equal(server.log.at(-1)?.sent, content.length);
  });

  it("starts again when the content changed since the interruption", async () => {
    const server = await start();
    await interruptAt(server, 3 * MiB);
    Object.assign(server.behaviour, { content: other, etag: '"v2"' });
    const result = await download(server);
    assert.equal(result.sha256, sha256Of(other));
    assert.equal(result.validator, `etag "v2"; length ${other.length}`);
  });

  it("starts again when the content changes during the transfer", async () => {
    const server = await start({ slow: true, dropAfter: 2 * MiB, dropsLeft: 1 });
    let changed = false;
    const result = await downloadInstaller(
      { url: server.url },
      {
        directory,
        signal: new AbortController().signal,
        onProgress: (done) => {
          if (changed || done < MiB) return;
          changed = true;
          // The running transfer continues to send the old content.
          Object.assign(server.behaviour, { content: other, etag: '"v2"' });
        },
      },
    );
    assert.equal(result.sha256, sha256Of(other));
    assert.equal(result.validator, `etag "v2"; length ${other.length}`);
  });

  it("never joins parts without a validator", async () => {
    const nameless = { etag: undefined, lastModified: undefined };
    const server = await start({ ...nameless, dropAfter: 2 * MiB, dropsLeft: 1 });
    const result = await download(server, { sha256: sha256Of(content) });
    assert.equal(result.sha256, sha256Of(content));
    assert.ok(ranges(server).every((range) => range === undefined || range === "bytes=0-0"));
  });

  it("deletes a file with another SHA-256 than the pinned one, and names both", async () => {
    const server = await start();
    const wrong = "0".repeat(64);
    await assert.rejects(download(server, { sha256: wrong }), {
      code: "installer.checksum-mismatch",
      message: new RegExp(`${sha256Of(content)}, expected ${wrong}.*deleted`),
    });
    assert.deepEqual(await readdir(directory), []);
  });

  it("continues after a transfer that ended early as if it were complete", async () => {
    const server = await start({ chunked: true, cutAfter: 3 * MiB });
    assert.equal((await download(server)).sha256, sha256Of(content));
    assert.equal(server.log.length, 4);
  });

  it("reports a file that always ends early as truncated, and does not use it", async () => {
    const server = await start({ chunked: true, cutAfter: 3 * MiB });
    // The server supports only the probe's range, so every attempt starts from the beginning.
    Object.defineProperty(server.behaviour, "honoursRanges", { get: () => server.log.length < 2 });
    await assert.rejects(download(server), {
      code: "installer.truncated",
      message: new RegExp(`ended after ${3 * MiB} bytes of ${content.length}.*size limit`),
    });
    assert.ok((await readdir(directory)).every((name) => name.endsWith(".partial")));
  });

  it("says that the disk is too small before it downloads", async () => {
    const server = await start();
    const enormous = 2 ** 52;
    server.behaviour.content = Object.defineProperty(Buffer.alloc(1), "length", {
      value: enormous,
    });
    await assert.rejects(download(server), {
      code: "host.disk-full",
      message: /4096 TiB of disk space .* are free/,
    });
    assert.deepEqual(ranges(server), ["bytes=0-0"]);
  });

  it("fails at once when the credentials expire, and keeps the partial file", async () => {
    const server = await start();
    await interruptAt(server, 3 * MiB);
    server.behaviour.status = 403;
    await assert.rejects(download(server), { code: "installer.denied" });
    assert.equal((await readdir(directory)).length, 1);
  });

  it("does not continue a partial file that was shortened as if it were longer", async () => {
    const server = await start();
    await interruptAt(server, 3 * MiB);
    const [partial] = await readdir(directory);
    await truncate(join(directory, partial ?? ""), 1000);
    assert.equal((await download(server)).sha256, sha256Of(content));
    assert.deepEqual(ranges(server), ["bytes=0-0", "bytes=1000-"]);
  });
});
