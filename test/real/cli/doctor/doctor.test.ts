import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { toolTable } from "../../../../provider/system/process/tool-table";
import { runCli } from "../compiled-cli";

const install =
  "(sudo|env) DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600";

describe("doctor", () => {
  let cwd = "";
  let env: Record<string, string> = {};

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "stylus-doctor-"));
    env = { XDG_CACHE_HOME: join(cwd, "cache") };
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  it("reports a machine that can build, as one JSON document", async () => {
    const { exitCode, stdout, stderr } = await runCli(["doctor", "--json"], { cwd, env });
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as Record<string, Record<string, unknown>[]>;
    assert.deepEqual(report["problems"], []);
    const tools = report["tools"] ?? [];
    assert.deepEqual(
      tools.map(({ name }) => name),
      Object.keys(toolTable),
    );
    for (const { version, path } of tools) {
      assert.match(String(version), /^\d+\./);
      assert.match(String(path), /^\//);
    }
    assert.match(stdout, /"accelerator": "(kvm|tcg)",\s+"reason": "\S/);
    assert.ok(stdout.includes(join(cwd, "cache", "stylus-image")));
  });

  it("exits with 1 and prints the commands that install missing or outdated tools", async () => {
    const old = join(cwd, "old");
    await mkdir(old);
    for (const [name, versionText] of [
      ["xorriso", "xorriso version   :  1.2.0"],
      ["mdir", "mdir (GNU mtools) 4.0.1"],
    ] as const) {
      await writeFile(join(old, name), `#!/bin/sh\necho '${versionText}'\n`);
      await chmod(join(old, name), 0o755);
    }
    const PATH = [old, process.env["PATH"] ?? ""].join(delimiter);
    const { exitCode, stdout } = await runCli(["doctor"], { cwd, env: { ...env, PATH } });
    assert.equal(exitCode, 1);
    assert.match(stdout, /xorriso +.*is version 1\.2\.0, needed is/);
    assert.match(stdout, /^problem: The build host lacks 2 tools/m);
    assert.match(stdout, new RegExp(`^  ${install} mtools xorriso$`, "m"));
  });

  it("prints the commands with --fix; runs them and checks again with --yes", async () => {
    // A package manager that repairs the machine as the real one would: it removes the broken tool.
    const broken = join(cwd, "broken");
    await mkdir(broken);
    const tool = join(broken, "mdir");
    const ran = join(cwd, "ran");
    const script = `echo "apt-get $*" >> ${ran}\nif [ "$1" = install ]; then rm -f ${tool}; fi\n`;
    for (const [path, text] of [
      [tool, "echo 'mdir (GNU mtools) 4.0.1'\n"],
      [join(broken, "apt-get"), script],
      [join(broken, "sudo"), 'exec "$@"\n'],
    ] as const) {
      await writeFile(path, `#!/bin/sh\n${text}`);
      await chmod(path, 0o755);
    }
    const PATH = [broken, process.env["PATH"] ?? ""].join(delimiter);
    const options = { cwd, env: { ...env, PATH } };
    const printed = await runCli(["doctor", "--fix"], options);
    assert.equal(printed.exitCode, 1);
    assert.match(printed.stdout, /^# Missing or too old: mdir\.$/m);
    assert.match(printed.stdout, new RegExp(`^${install} mtools$`, "m"));
    await assert.rejects(readFile(ran), { code: "ENOENT" });

    const done = await runCli(["doctor", "--fix", "--yes"], options);
    assert.equal(done.exitCode, 0, done.stderr);
    assert.match(done.stderr, new RegExp(`^\\$ ${install} mtools$`, "m"));
    assert.doesNotMatch(done.stdout, /apt-get/);
    assert.deepEqual((await readFile(ran, "utf8")).split("\n").slice(0, 2), [
      "apt-get update",
      "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 mtools",
    ]);
  });

  it("reports the command that failed", async () => {
    const broken = join(cwd, "not-repairable");
    await mkdir(broken);
    for (const [name, text] of [
      ["mdir", "echo 'mdir (GNU mtools) 4.0.1'\n"],
      ["apt-get", "exit 7\n"],
      ["sudo", 'exec "$@"\n'],
    ] as const) {
      await writeFile(join(broken, name), `#!/bin/sh\n${text}`);
      await chmod(join(broken, name), 0o755);
    }
    const PATH = [broken, process.env["PATH"] ?? ""].join(delimiter);
    const { exitCode, stderr } = await runCli(["doctor", "--yes"], { cwd, env: { ...env, PATH } });
    assert.equal(exitCode, 1);
    assert.match(stderr, /apt-get update` failed with exit code 7\..*\[host\.tool-missing\]/);
  });

  it("prints the policy of a bucket, and why it cannot be reached", async () => {
    const to = ["--to", "s3://images/edge", "--s3-endpoint", "http://127.0.0.1:9"];
    const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const { exitCode, stdout } = await runCli(["doctor", "--fix", ...to], {
      cwd,
      env: { ...env, ...keys },
    });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^# .*\[publish\.unreachable\]/m);
    assert.match(stdout, /"arn:aws:s3:::images\/edge\/\*"/);
  });

  it("asks several targets alone, and says which of them can be published to", async () => {
    // Not even QEMU is needed.
    const options = { cwd, env: { ...env, PATH: join(cwd, "no-tools") } };
    const to = ["--to", "./images", "--to", "http://127.0.0.1:9/images", "--to", "/proc/images"];
    const told = await runCli(["doctor", ...to], options);
    assert.equal(told.exitCode, 1, told.stderr);
    assert.match(told.stdout, /^ {2}directory:.*\/images {2}can be published to$/m);
    assert.match(told.stdout, /^ {2}http:\/\/127\.0\.0\.1:9\/images {2}cannot be published to$/m);
    assert.match(told.stdout, /^problem: http:.*\[publish\.unreachable\]$/m);
    assert.match(told.stdout, /^problem: directory:\/proc\/images: Cannot write to \/proc/m);
    assert.doesNotMatch(told.stdout, /^Tools$/m);

    const document = await runCli(["doctor", "--json", ...to], options);
    const { problems, targets } = JSON.parse(document.stdout) as {
      problems: unknown[];
      targets: { problems: unknown[]; warnings: unknown[] }[];
    };
    assert.equal(problems.length, 2);
    assert.deepEqual(
      targets.map((it) => [it.problems.length, it.warnings.length]),
      [
        [0, 0],
        [1, 0],
        [1, 0],
      ],
    );

    const fine = await runCli(["doctor", "--to", "./images"], options);
    assert.equal(fine.exitCode, 0, fine.stdout);
    assert.deepEqual(await readdir(cwd).then((names) => names.includes("images")), false);
  });

  it("refuses options that have no effect on these targets, and --yes with targets", async () => {
    const wrong = await runCli(["doctor", "--to", "./images", "--s3-region", "x"], { cwd, env });
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /--to: names no s3:\/\/bucket\/prefix/);
    const yes = await runCli(["doctor", "--to", "./images", "--yes"], { cwd, env });
    assert.equal(yes.exitCode, 2);
    assert.match(yes.stderr, /--yes: repairs this machine and no target/);
  });

  it("shows proxies without their passwords", async () => {
    const proxied = { ...env, HTTPS_PROXY: "http://user:geheim@proxy.example:3128" };
    const { stdout } = await runCli(["doctor"], { cwd, env: proxied });
    assert.match(stdout, /HTTPS_PROXY=http:\/\/proxy\.example:3128\//);
    assert.ok(!stdout.includes("geheim"));
  });
});
