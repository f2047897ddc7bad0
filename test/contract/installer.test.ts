import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { serveFile, type FileServer } from "../servers/http-files";
import { engage, eventLog, imageInState, previewThenUp } from "./operations";
import { World } from "./world";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const same = { edge: "same" };
const replace = { edge: "replace" };
const up = ["up", "--yes", "--skip-preview"];

describe("Unpinned installers (3)", () => {
  let world: World;
  let stack: Stack;
  let server: FileServer;
  let sums: FileServer;

  /** A signature that differs in each run, like that of a presigned URL. */
  const presigned = (): string => `
new StylusImage("edge", args({ installer: "${server.url}?signature=" + Date.now() }));`;
  const withSums = (): string => `
new StylusImage("edge", args({
  installer: { url: "${server.url}?signature=" + Date.now(), checksumUrl: "${sums.url}" },
}));`;

  before(async () => {
    world = await World.create();
    server = await serveFile({ presigned: true });
    sums = await serveFile({});
    serve("first", '"v1"');
    stack = await world.stack("asked", presigned(), { env: eventLog });
  });
  after(async () => {
    await Promise.all([server.close(), sums.close()]);
    await world.remove();
  });
  beforeEach(() => {
    server.log.length = 0;
    server.behaviour.status = undefined;
  });

  const serve = (content: string, etag: string | undefined): void => {
    server.behaviour.content = Buffer.from(content);
    server.behaviour.etag = etag;
    if (etag === undefined) server.behaviour.lastModified = undefined;
  };
  const tenMinutesPass = (): Promise<void> =>
    rm(join(world.folder, "machine", "stylus-image", "answers"), { recursive: true });
  const ranges = (): (string | undefined)[] => server.log.map(({ range }) => range);
  const downloads = (): number => ranges().filter((range) => range !== "bytes=0-0").length;
  const preview = () => engage(stack, ["preview", "--diff"]);
  // Without `--plan`, which requires the inputs of the preview, including signatures.
  const previewAndUp = async () => ({ preview: await preview(), up: await engage(stack, up) });

  it("3: requests one byte in a preview, downloads in `up`, and stores the validator", async () => {
    await preview();
    assert.deepEqual(ranges(), ["bytes=0-0"]);
    await stack.up();
    assert.ok(server.log.every(({ method }) => method === "GET"));
    assert.equal(downloads(), 1);
    const image = await imageInState(stack);
    assert.equal(image?.["installerValidator"], 'etag "v1"; length 5');
    assert.equal(image["installerSha256"], sha256("first"));
  });

  it("3: reports no change for a presigned URL that differs in each run", async () => {
    await tenMinutesPass();
    const done = await previewAndUp();
    assert.deepEqual([done.preview.operations, done.up.operations], [same, same]);
    assert.deepEqual(ranges(), ["bytes=0-0"]);
  });

  it("3: is adopted on another machine by its request key, without a download", async () => {
    const other = await world.stack("elsewhere", presigned(), { machine: "another" });
    await other.up();
    assert.deepEqual(ranges(), ["bytes=0-0"]);
    assert.equal(await world.disks(), 1);
    await other.destroy();
    assert.equal((await world.published()).length, 1);
  });

  it("3: does in `up` what the preview showed although the server's validator changes in between", async () => {
    await tenMinutesPass();
    assert.deepEqual((await preview()).operations, same);
    serve("second", '"v2"');
    assert.deepEqual((await engage(stack, up)).operations, same);
    await tenMinutesPass();
    const done = await previewAndUp();
    assert.deepEqual([done.preview.operations, done.up.operations], [replace, replace]);
    assert.match(
      done.preview.output,
      /The installer behind the URL changed \(etag "v1"; length 5 then, etag "v2"; length 6 now\)/,
    );
    assert.equal((await imageInState(stack))?.["installerSha256"], sha256("second"));
  });

  it("3: keeps the old validator, with a warning, when the probe fails in between", async () => {
    await tenMinutesPass();
    assert.deepEqual((await preview()).operations, same);
    // An unreachable server, and an expired signature.
    for (const status of [503, 403]) {
      await tenMinutesPass().catch(() => undefined);
      server.behaviour.status = status;
      const { operations, output } = await engage(stack, up);
      assert.deepEqual(operations, same);
      assert.match(output, /warning:.*could not be checked for changes; the image is kept/);
    }
  });

  it("3: rejects an installer that changed since the check, and uses it in the next run", async () => {
    serve("third", '"v3"');
    assert.deepEqual((await preview()).operations, replace);
    serve("fourth", '"v4"');
    const { output } = await stack.run(up, 1);
    assert.match(output, /The installer behind the URL changed since it was checked/);
    assert.match(output, /Run this again.*\[installer\.changed\]/);
    await stack.up();
    assert.equal((await imageInState(stack))?.["installerSha256"], sha256("fourth"));
  });

  it("3: rejects a server without validators, and says how to pin", async () => {
    await tenMinutesPass();
    serve("fourth", undefined);
    for (const verb of [["preview"], up]) {
      const { output } = await stack.run(verb, 1);
      assert.match(output, /sends neither an ETag nor a Last-Modified date/);
      assert.match(
        output,
        /Pin the installer with `installer\.sha256` or `installer\.checksumUrl`/,
      );
      assert.match(output, /\[installer\.no-validator\]/);
    }
  });

  it("3: uses a checksum file as pin, and replaces when it changes", async () => {
    const list = (content: string): void => {
      const lines = [`${sha256("other")}  other.iso`, `${sha256(content)} *installer.iso`, ""];
      sums.behaviour.content = Buffer.from(lines.join("\n"));
    };
    list("fourth");
    await world.rewrite(stack, withSums());
    const pinned = await previewAndUp();
    assert.deepEqual([pinned.preview.operations, pinned.up.operations], [same, same]);
    assert.deepEqual(ranges(), []);

    await tenMinutesPass();
    serve("fifth", undefined);
    list("fifth");
    const done = await previewAndUp();
    assert.deepEqual([done.preview.operations, done.up.operations], [replace, replace]);
    assert.match(done.preview.output, /The installer changed \(SHA-256/);
    assert.equal(downloads(), 1);
    assert.equal((await imageInState(stack))?.["installerSha256"], sha256("fifth"));
  });
});

describe("Local installers (3)", () => {
  let world: World;
  let stack: Stack;
  let path: string;

  before(async () => {
    world = await World.create();
    path = join(world.folder, "installer.iso");
    stack = await world.stack("local", `new StylusImage("edge", args());`, { env: eventLog });
    await stack.up();
  });
  after(() => world.remove());

  /** Writes other content of the same length with the old modification time. */
  const changeUnseen = async (content: string): Promise<void> => {
    const { atime, mtime, size } = await stat(path);
    assert.equal(content.length, size);
    await writeFile(path, content);
    await utimes(path, atime, mtime);
  };
  const installerInState = async (): Promise<unknown> =>
    (await imageInState(stack))?.["installerSha256"];

  it("3: reports no change for a file that was only touched", async () => {
    const now = new Date();
    await utimes(path, now, now);
    const done = await previewThenUp(stack);
    assert.deepEqual([done.preview.operations, done.up.operations], [same, same]);
  });

  it("3: detects a change that kept size and modification time", async () => {
    await changeUnseen("AN INSTALLER");
    const done = await previewThenUp(stack);
    assert.deepEqual([done.preview.operations, done.up.operations], [replace, replace]);
    assert.equal(await installerInState(), sha256("AN INSTALLER"));
  });

  it("3: detects a change without any difference in metadata when the file is used", async () => {
    await changeUnseen("an INSTALLER");
    await forgeFingerprint();
    await world.rewrite(stack, `new StylusImage("edge", args({ triggers: [1] }));`);
    const before = await world.published();
    const { output } = await stack.run(up, 1);
    assert.match(output, /The file was replaced since then\..*\[installer\.changed\]/);
    assert.deepEqual(await world.published(), before);
    await stack.up();
    assert.equal(await installerInState(), sha256("an INSTALLER"));
  });

  /** Writes the cached hash as if the change had altered neither times nor inode. */
  const forgeFingerprint = async (): Promise<void> => {
    const folder = join(world.folder, "machine", "stylus-image", "file-hashes");
    const [name] = await readdir(folder);
    const file = join(folder, name ?? "");
    const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
    const entry = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
    entry["fingerprint"] = [size, mtimeNs, ctimeNs, ino, dev].join(" ");
    await writeFile(file, JSON.stringify(entry));
  };
});
