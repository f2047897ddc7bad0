import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { toolTable } from "../../../provider/system/tools-table";
import { runCli } from "./compiled-cli";

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

  it("ends with 1 and one command that installs what is missing or too old", async () => {
    const old = join(cwd, "old");
    await mkdir(old);
    for (const [name, says] of [
      ["xorriso", "xorriso version   :  1.2.0"],
      ["mdir", "mdir (GNU mtools) 4.0.1"],
    ] as const) {
      await writeFile(join(old, name), `#!/bin/sh\necho '${says}'\n`);
      await chmod(join(old, name), 0o755);
    }
    const PATH = [old, process.env["PATH"] ?? ""].join(delimiter);
    const { exitCode, stdout } = await runCli(["doctor"], { cwd, env: { ...env, PATH } });
    assert.equal(exitCode, 1);
    assert.match(stdout, /xorriso +.*is version 1\.2\.0, needed is/);
    assert.match(stdout, /^problem: The build host lacks 2 tools/m);
    assert.match(stdout, /sudo apt-get install -y mtools xorriso$/m);
  });

  it("shows proxies without their passwords", async () => {
    const proxied = { ...env, HTTPS_PROXY: "http://user:geheim@proxy.example:3128" };
    const { stdout } = await runCli(["doctor"], { cwd, env: proxied });
    assert.match(stdout, /HTTPS_PROXY=http:\/\/proxy\.example:3128\//);
    assert.ok(!stdout.includes("geheim"));
  });
});
