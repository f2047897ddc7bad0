import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveFile } from "../../../servers/http-files";
import { runCli } from "../compiled-cli";

/** Characters that are encoded differently in each format. */
const secret = 'pl"an+ted/tök en&1';

/** The secret in text, JSON, YAML, a URL, and base64 at each of its three offsets. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("x".repeat(offset) + text).toString("base64");
    return encoded.slice(4, -4);
  });
  const json = JSON.stringify(text).slice(1, -1);
  return [text, json, encodeURIComponent(text), text.replaceAll("'", "''"), ...base64];
}

const found = (text: string): boolean => formsOf(secret).some((form) => text.includes(form));

describe("plan", () => {
  let folder = "";
  let cwd = "";
  let env: Record<string, string> = {};

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-plan-"));
    cwd = join(folder, "work");
    await mkdir(cwd);
    await mkdir(join(folder, "tmp"));
    await writeFile(join(folder, "installer.iso"), "not an ISO, which a plan does not inspect");
    await writeFile(join(folder, "token"), `${secret}\n`);
    env = { XDG_CACHE_HOME: join(folder, "cache"), TMPDIR: join(folder, "tmp") };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const plan = (...args: string[]) =>
    runCli(["plan", "--installer", "../installer.iso", ...args], { cwd, env });

  const withSecrets = [
    ...["--palette-endpoint", "p.example", "--edge-host-token-file", "../token"],
    ...["--user", "admin", "--password-file", "../token"],
  ];

  it("finds a planted secret in each of its forms (self-test of the tests below)", () => {
    assert.ok(found(`hostname: '${secret}'\n`));
    for (const form of formsOf(secret)) assert.ok(found(`before ${form} after`));
    assert.ok(found(Buffer.from(`token: ${secret}\n`).toString("base64")));
  });

  it("shows a host name, and a secret in its place only as text", async () => {
    await writeFile(join(folder, "named.yaml"), "#cloud-config\nhostname: edge-17\n");
    assert.match((await plan("--user-data", "../named.yaml")).stdout, /hostname: edge-17/);
    await writeFile(join(folder, "leak.yaml"), `#cloud-config\nhostname: '${secret}'\n`);
    const { stdout, stderr } = await plan("--user-data", "../leak.yaml");
    assert.match(stdout, /hostname: <text>/);
    assert.ok(!found(stdout + stderr));
  });

  for (const mode of [[], ["--json"]]) {
    it(`masks tokens and passwords ${mode.join()}`, async () => {
      const { exitCode, stdout, stderr } = await plan(...withSecrets, ...mode);
      assert.equal(exitCode, 0);
      assert.ok(!found(stdout + stderr));
      assert.match(stdout, /edgeHostToken: <text>/);
      assert.match(stdout, /p\.example/);
    });
  }

  it("takes the token from the environment, and never prints it", async () => {
    const args = ["plan", "--installer", "../installer.iso", "--palette-endpoint", "p.example"];
    const options = { cwd, env: { ...env, EDGE_HOST_TOKEN: secret } };
    const { exitCode, stdout, stderr } = await runCli(args, options);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /edgeHostToken: <text>/);
    assert.ok(!found(stdout + stderr));
  });

  it("changes nothing: no target, no cache, no temporary file", async () => {
    const { exitCode } = await plan(...withSecrets, "--to", "images", "--to", "../elsewhere");
    assert.equal(exitCode, 0);
    assert.deepEqual(await readdir(cwd), []);
    assert.deepEqual(await readdir(join(folder, "tmp")), []);
    assert.deepEqual(existsSync(join(folder, "cache")), false);
    assert.deepEqual((await readdir(folder)).toSorted(), ["installer.iso", "tmp", "token", "work"]);
  });

  it("prints the same document each time", async () => {
    const [one, other] = [await plan("--json"), await plan("--json")];
    assert.equal(one.stdout, other.stdout);
  });

  it("prints the install key if the installer's hash is known", async () => {
    const { stdout } = await plan("--name", "edge");
    const key = /install key +([0-9a-f]{64})/.exec(stdout)?.[1] ?? "none";
    assert.match(stdout, new RegExp(`image +edge-${key.slice(0, 12)}\n`));
  });

  it("prints the request key and the reason if only the server's validator is known", async () => {
    const server = await serveFile({ content: Buffer.from("an installer") });
    try {
      const args = ["plan", "--installer", server.url, "--header", "X-Key: secret"];
      const { stdout, exitCode } = await runCli(args, { cwd, env });
      assert.equal(exitCode, 0);
      assert.match(
        stdout,
        /request key +[0-9a-f]{64}\n.*install key depends on the installer's SHA-256/,
      );
      const transferred = server.log.map(({ range }) => range);
      assert.ok(transferred.every((range) => range === "bytes=0-0"));
      assert.ok(server.log.every(({ headers }) => headers["x-key"] === "secret"));
    } finally {
      await server.close();
    }
  });

  it("reads tokens for the download from a file", async () => {
    const server = await serveFile({
      requiredHeader: { name: "authorization", value: "Bearer t" },
    });
    await writeFile(join(folder, "headers"), "Authorization: Bearer t\n");
    try {
      const args = ["plan", "--installer", server.url, "--header", "@../headers"];
      assert.equal((await runCli(args, { cwd, env })).exitCode, 0);
      assert.notEqual((await runCli(args.slice(0, 3), { cwd, env })).exitCode, 0);
    } finally {
      await server.close();
    }
  });
});
