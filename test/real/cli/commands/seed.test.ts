import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { startVersitygw, type Versitygw } from "../../../servers/versitygw";
import { runCli } from "../compiled-cli";

const documentSchema = z.strictObject({
  artifacts: z.array(z.object({ format: z.literal("seed"), url: z.string(), sha256: z.string() })),
  missing: z.tuple([]),
  pending: z.tuple([]),
  schemaVersion: z.literal(1),
  seedKey: z.string().regex(/^[0-9a-f]{64}$/),
});

const token = `tok-${crypto.randomUUID()}`;

describe("seed", () => {
  let cwd = "";
  let server: Versitygw;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-seed-"));
    await writeFile(join(cwd, "token.txt"), `${token}\n`);
    server = await startVersitygw();
  });
  after(async () => {
    await server.stop();
    await rm(cwd, { recursive: true, force: true });
  });

  const cli = (...args: readonly string[]) =>
    runCli(args, {
      cwd,
      env: {
        XDG_CACHE_HOME: join(cwd, "cache"),
        AWS_ACCESS_KEY_ID: server.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      },
    });
  async function seedOf(site: string, ...more: readonly string[]) {
    const token = ["--edge-host-token-file", "token.txt"];
    const ended = await cli("seed", "--edge-host-id", site, ...token, "--json", ...more);
    assert.equal(ended.exitCode, 0, ended.stderr);
    return { ...documentSchema.parse(JSON.parse(ended.stdout)), stderr: ended.stderr };
  }
  const toFolder = ["--to", "seeds"] as const;

  it("makes a CD for cloud-init with the configuration of the site", async () => {
    const { artifacts, stderr } = await seedOf("store-7", ...toFolder);
    assert.match(stderr, /access to the seed can read .*: stylus\.site\.edgeHostToken/);
    assert.ok(!stderr.includes(token));
    const iso = new URL(artifacts[0]!.url).pathname;
    const label = await execa("blkid", ["-p", "-o", "value", "-s", "LABEL", iso]);
    assert.equal(label.stdout, "cidata");
    const extracted = join(cwd, "user-data");
    await execa("xorriso", ["-osirrox", "on", "-indev", iso, "-extract", "/user-data", extracted]);
    const userData = await readFile(extracted, "utf8");
    assert.match(userData, /^#cloud-config\n/);
    assert.match(userData, /name: store-7/);
    assert.ok(userData.includes(token));
  });

  it("makes and sends nothing in the second run", async () => {
    const first = await seedOf("store-7", ...toFolder);
    const path = new URL(first.artifacts[0]!.url).pathname;
    const before = await stat(path, { bigint: true });
    const second = await seedOf("store-7", ...toFolder);
    const after = await stat(path, { bigint: true });
    assert.deepEqual(second.artifacts, first.artifacts);
    assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
    assert.match(second.stderr, /publish: skipped/);
  });

  it("makes a different CD for another site, and the same CD for the same site in a bucket", async () => {
    const bucket = [
      "--to=s3://images/seeds",
      `--s3-endpoint=${server.endpoint}`,
      "--s3-region=us-east-1",
      "--s3-path-style",
    ];
    await server.createBucket("images");
    const folder = await seedOf("store-7", ...toFolder);
    const inBucket = await seedOf("store-7", ...bucket);
    const other = await seedOf("store-8", ...bucket);
    assert.equal(inBucket.artifacts[0]!.sha256, folder.artifacts[0]!.sha256);
    assert.equal(inBucket.seedKey, folder.seedKey);
    assert.notEqual(other.artifacts[0]!.url, inBucket.artifacts[0]!.url);
    assert.notEqual(other.seedKey, inBucket.seedKey);
  });

  it("removes the seed by its name, and leaves no token in the cache", async () => {
    const removed = await cli("remove", ...toFolder, "--name", "store-7");
    assert.equal(removed.exitCode, 0, removed.stderr);
    assert.deepEqual(await isos(join(cwd, "seeds")), []);
    const found = await execa("grep", ["-rlaF", token, join(cwd, "cache")], { reject: false });
    assert.equal(found.stdout, "");
    assert.equal(found.exitCode, 1);
  });

  it("reports all problems at once, by option", async () => {
    const ended = await cli(
      "seed",
      "--name",
      "a/b",
      "--oci-tag",
      "x",
      "--ssh-key-file",
      "/dev/null",
    );
    assert.equal(ended.exitCode, 2);
    for (const option of ["--name", "--user-data", "--user", "--to"]) {
      assert.ok(ended.stderr.includes(`\n  ${option}: `), ended.stderr);
    }
  });
});

async function isos(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".iso"));
}
