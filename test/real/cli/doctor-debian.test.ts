import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveProxy } from "../../servers/http-files";
import { openBareMachine, type BareMachine } from "./bare-machine";

/** Needs root for chroot. tools/fresh-doctor.sh tests Ubuntu, sudo, groups and builds. */
describe("doctor on a bare Debian 12, with its own apt-get", function () {
  this.timeout(600_000);
  let machine: BareMachine;

  before(async () => {
    machine = await openBareMachine();
  });
  after(() => machine.remove());

  const status = () => readFile(join(machine.root, "var/lib/dpkg/status"), "utf8");
  const lists = async () =>
    (await readdir(join(machine.root, "var/lib/apt/lists"))).filter((it) => it.includes("_"));

  it("prints the commands, and changes nothing", async () => {
    const before = await status();
    const { exitCode, stdout, stderr } = await machine.run("stylus-image doctor --fix");
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stdout,
      /^apt-get update\nenv DEBIAN_FRONTEND=noninteractive apt-get install -y /m,
    );
    assert.deepEqual([await status(), await lists()], [before, []]);
  });

  it("prints what an administrator has to run for a user without rights, and changes nothing", async () => {
    const before = await status();
    const asUser = "setpriv --reuid 4242 --regid 4242 --clear-groups bash -c";
    const { exitCode, stdout, stderr } = await machine.run(
      `export HOME=/tmp; export -f stylus-image; ${asUser} 'stylus-image doctor --fix --yes'`,
    );
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /sudo is not installed; nothing was changed\. Ask an administrator/);
    assert.match(stderr, /as root: apt-get update && env .* ovmf qemu-system-x86 .*xorriso \[host/);
    assert.deepEqual([await status(), await lists()], [before, []]);
  });

  it("reports that apt-get cannot download its packages", async () => {
    const brokenProxy = { http_proxy: "http://127.0.0.1:9" };
    const { exitCode, stderr } = await machine.run("stylus-image doctor --fix --yes", brokenProxy);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /`.*apt-get (update|install .*)` failed with exit code 100\. Its own message/,
    );
    assert.match(
      stderr,
      /is printed above\..* Correct the cause and run `stylus-image doctor --fix --yes` again\. \[host\.tool-missing\]$/m,
    );
  });

  it("prepares the machine through a proxy of the environment, and has nothing left to repair", async () => {
    const proxy = await serveProxy();
    try {
      const { exitCode, stdout, stderr } = await machine.run("stylus-image doctor --fix --yes", {
        http_proxy: proxy.url,
      });
      assert.equal(exitCode, 0, stderr);
      assert.doesNotMatch(stdout, /apt-get/);
      assert.ok(proxy.log.some((line) => /^GET http.*qemu-system-x86/.test(line)));
    } finally {
      await proxy.close();
    }
    for (const tool of ["qemu-system-x86_64", "qemu-img", "xorriso", "mdir"]) {
      assert.ok(existsSync(join(machine.root, "usr/bin", tool)), tool);
    }
    const checked = await machine.run("stylus-image doctor --json");
    assert.equal(checked.exitCode, 0, checked.stderr);
    const report = JSON.parse(checked.stdout) as Record<string, unknown>;
    assert.deepEqual([report["problems"], report["remedies"]], [[], []]);
    const { uefi, secureBoot } = report["firmware"] as Record<string, string>;
    for (const path of [uefi, secureBoot])
      assert.ok(existsSync(machine.root + (path ?? "?")), path);

    const before = await status();
    const again = await machine.run("stylus-image doctor --fix --yes");
    assert.deepEqual(
      { ...again, stderr: "" },
      { exitCode: 0, stdout: "# Nothing to repair.", stderr: "" },
    );
    assert.doesNotMatch(again.stderr, /^\$ /m);
    assert.equal(await status(), before);
  });
});
