import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { findSecret } from "../../e2e/secret-search";
import { serveFile, type FileServer, type FileServerOptions } from "../../servers/http-files";
import { copyCheckout, type Checkout, type Made } from "./checkout";

const MiB = 1024 * 1024;
const content = randomBytes(4 * MiB);
const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const sha256 = sha256Of(content);
const secret = `sig-${crypto.randomUUID()}/a+b=`;
const query = `?X-Amz-Signature=${encodeURIComponent(secret)}`;

describe("the installer of `make docker-build`", function () {
  this.timeout(600_000);
  let folder = "";
  let checkout: Checkout;
  const open: FileServer[] = [];

  before(async () => {
    checkout = await copyCheckout();
    folder = await mkdtemp(join(tmpdir(), "stylus-fetch-"));
  });
  after(() => checkout.remove());
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  async function start(options: FileServerOptions = {}): Promise<FileServer> {
    const server = await serveFile({ content, ...options });
    open.push(server);
    return server;
  }

  interface Built extends Made {
    /** Arguments and environment of the engine, one per line; empty if it was not called. */
    readonly engine: string;
    /** SHA-256 of every file beside the Dockerfile, by name. */
    readonly context: Readonly<Record<string, string>>;
  }

  /** Puts an engine on PATH that records its input. */
  async function dockerBuild(env: Readonly<Record<string, string>>): Promise<Built> {
    const noted = await mkdtemp(join(folder, "engine-"));
    const docker = join(noted, "docker");
    const script = [
      `printf '%s\\n' "$@" >${noted}/arguments`,
      `env >>${noted}/arguments`,
      'for context; do :; done; cd "$context"',
      `find . -maxdepth 1 -type f -exec sha256sum {} + >${noted}/context`,
    ];
    await writeFile(docker, `#!/bin/sh\n${script.join("\n")}\n`);
    await chmod(docker, 0o755);
    const made = await checkout.make("docker-build", { DOCKER: docker, ...env });
    const read = (name: string) => readFile(join(noted, name), "utf8").catch(() => "");
    const lines = [...(await read("context")).matchAll(/^([0-9a-f]{64}) {2}\.\/(.*)$/gm)];
    const context = Object.fromEntries(lines.map(([, sum = "", name = ""]) => [name, sum]));
    return { ...made, engine: await read("arguments"), context };
  }

  async function assertNothingLeft(): Promise<void> {
    const names = await readdir(checkout.folder);
    assert.deepEqual(
      names.filter((name) => name.startsWith(".docker-build")),
      [],
    );
  }

  it("is the file of ISO_URL, under its own name", async () => {
    const iso = join(folder, "Edge Installer.iso");
    await writeFile(iso, content);
    const built = await dockerBuild({ ISO_URL: iso, SHA256: sha256.toUpperCase() });
    assert.equal(built.exitCode, 0, built.stdout + built.stderr);
    assert.equal(built.context["Edge Installer.iso"], sha256);
    assert.match(built.engine, /^--build-arg\nISO_URL=Edge Installer\.iso$/m);
    await assertNothingLeft();
  });

  it("is downloaded from a signed URL that is not printed, under its decoded file name", async () => {
    const server = await start({ slow: true });
    const ISO_URL = `${server.origin}/edge/Edge%20Installer.iso${query}`;
    const built = await dockerBuild({ ISO_URL, SHA256: sha256 });
    assert.equal(built.exitCode, 0, built.stdout + built.stderr);
    assert.equal(built.context["Edge Installer.iso"], sha256);
    assert.match(built.engine, /^--build-arg\nISO_URL=Edge Installer\.iso$/m);
    const commands = [...built.commands].join("\n");
    assert.match(commands, /node \S*fetch-installer\.cjs /);
    // The server received the secret, so the search below would find it.
    assert.notEqual(findSecret(server.log.map(({ path }) => path).join("\n"), secret), undefined);
    const { stdout, stderr, engine } = built;
    for (const text of [stdout, stderr, engine, commands, ...Object.keys(built.context)]) {
      assert.equal(findSecret(text, secret), undefined);
    }
    await assertNothingLeft();
  });

  it("reports problems of ISO_URL and SHA256 before the container engine is called", async () => {
    const iso = join(folder, "other.iso");
    await writeFile(iso, "another one");
    const server = await start();
    const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ ISO_URL: iso, SHA256: "abc" }, /error: SHA256 is "abc"; a SHA-256 has 64 hexadecimal/],
      [{ ISO_URL: iso, SHA256: sha256 }, /the SHA-256 of \S+other\.iso is [0-9a-f]{64}, expected /],
      [
        { ISO_URL: `${server.origin}/${query}` },
        /error: ISO_URL: the URL does not end in a file name/,
      ],
      [
        { ISO_URL: `${server.origin}${query}` },
        /error: ISO_URL: the URL does not end in a file name/,
      ],
    ];
    for (const [variables, expected] of refused) {
      const { exitCode, stdout, stderr, engine } = await dockerBuild(variables);
      assert.equal(exitCode, 2);
      assert.match(stderr, expected);
      assert.equal(engine, "");
      assert.equal(findSecret(stdout + stderr, secret), undefined);
    }
    await assertNothingLeft();
  });

  it("stops make if the download fails, before the container engine is called", async () => {
    const server = await start({ status: 404 });
    const { exitCode, stderr, engine } = await dockerBuild({ ISO_URL: server.url + query });
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: The server answered 404 for .*\[installer\.not-found\]$/m);
    assert.equal(engine, "");
    await assertNothingLeft();
  });

  describe("fetched by tools/fetch-installer.cjs", () => {
    let place = "";
    const cached = async (): Promise<string[]> =>
      readdir(join(place, "cache", "stylus-image", "installers")).catch(() => []);

    beforeEach(async () => {
      place = await mkdtemp(join(folder, "place-"));
      await mkdir(join(place, "context"));
    });

    async function fetch(url: string, more: Readonly<Record<string, string>> = {}) {
      const script = join(checkout.folder, "tools", "fetch-installer.cjs");
      const file = join(place, "context", "installer.iso");
      const env = { XDG_CACHE_HOME: join(place, "cache"), ISO_URL: url, ...more };
      const { exitCode, stdout, stderr } = await execa(process.execPath, [script, file], {
        env,
        reject: false,
      });
      assert.equal(stdout, "");
      assert.equal(findSecret(stderr, secret), undefined);
      const entries = await readdir(place, { recursive: true });
      assert.equal(findSecret(entries.join("\n"), secret), undefined);
      return { exitCode, stderr, files: await readdir(join(place, "context")) };
    }

    it("is downloaded once, and its SHA-256 is printed", async () => {
      const server = await start();
      const first = await fetch(server.url + query);
      assert.deepEqual(first, {
        exitCode: 0,
        stderr: `The installer's SHA-256 is ${sha256}.`,
        files: ["installer.iso"],
      });
      assert.deepEqual(await readFile(join(place, "context", "installer.iso")), content);
      const sent = server.log.reduce((sum, access) => sum + access.sent, 0);
      assert.ok(sent >= content.length);
      // With a pin, no request is sent.
      server.log.length = 0;
      assert.equal((await fetch(server.url + query, { SHA256: sha256 })).exitCode, 0);
      assert.deepEqual(server.log, []);
    });

    const failures: readonly (readonly [string, FileServerOptions, RegExp])[] = [
      ["is not there", { status: 404 }, /^error: The server answered 404 .* \[installer\.not-fou/],
      [
        "is refused",
        { status: 403 },
        /presigned URL is valid for at most 7 days.* \[installer\.denied\]$/,
      ],
    ];
    for (const [what, options, expected] of failures) {
      it(`exits with 1 and leaves nothing if it ${what}`, async () => {
        const server = await start(options);
        const { exitCode, stderr, files } = await fetch(server.url + query);
        assert.equal(exitCode, 1);
        assert.match(stderr, expected);
        assert.ok(stderr.includes(server.url));
        assert.deepEqual([files, await cached()], [[], []]);
      });
    }

    it("exits with 1 if there is no server", async () => {
      const server = await start();
      await server.close();
      const { exitCode, stderr, files } = await fetch(server.url + query);
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /ECONNREFUSED.*Check that the server runs.* \[installer\.unreachable\]$/,
      );
      assert.deepEqual([files, await cached()], [[], []]);
    });

    it("exits with 1 if its hash is not SHA256, and keeps nothing", async () => {
      const server = await start();
      const expected = "0".repeat(64);
      const { exitCode, stderr, files } = await fetch(server.url + query, { SHA256: expected });
      assert.equal(exitCode, 1);
      assert.match(stderr, new RegExp(`is ${sha256}, expected ${expected}\\.`));
      assert.deepEqual([files, await cached()], [[], []]);
    });

    it("leaves no incomplete file if the transfer ends early, and resumes it in the next run", async () => {
      const server = await start({ chunked: true, cutAfter: MiB });
      const cutting = fetch(server.url + query);
      while (server.log.every(({ sent }) => sent < MiB)) await delay(10);
      // From now on an attempt receives no more bytes.
      server.behaviour.cutAfter = 0;
      const cut = await cutting;
      assert.equal(cut.exitCode, 1);
      assert.match(
        cut.stderr,
        /ended after 1048576 bytes of 4194304\..* \[installer\.truncated\]$/,
      );
      assert.deepEqual(cut.files, []);
      // The download is kept in the cache, but not under the name of an installer.
      assert.match((await cached()).join(), /^[0-9a-f]{64}\.partial$/);
      server.behaviour.cutAfter = undefined;
      server.log.length = 0;
      const whole = await fetch(server.url + query);
      assert.equal(whole.exitCode, 0, whole.stderr);
      assert.deepEqual(await readFile(join(place, "context", "installer.iso")), content);
      const sent = server.log.reduce((sum, access) => sum + access.sent, 0);
      assert.ok(sent < content.length, `${sent} bytes`);
    });

    it("leaves nothing if its folder is not writable", async () => {
      const server = await start();
      await rm(join(place, "context"), { recursive: true });
      await writeFile(join(place, "context"), "no folder");
      const script = join(checkout.folder, "tools", "fetch-installer.cjs");
      const env = { XDG_CACHE_HOME: join(place, "cache"), ISO_URL: server.url + query };
      const args = [script, join(place, "context", "installer.iso")];
      const { exitCode, stderr } = await execa(process.execPath, args, { env, reject: false });
      assert.equal(exitCode, 1);
      assert.match(stderr, /^error: .*ENOTDIR/);
      assert.equal(findSecret(stderr, secret), undefined);
    });
  });
});
