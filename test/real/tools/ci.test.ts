import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

const program = join(__dirname, "..", "..", "..", "tools", "ci", "main.cjs");
const reporter = join(__dirname, "..", "..", "..", "tools", "ci", "mocha-totals.cjs");
const mocha = createRequire(__filename).resolve("mocha/bin/mocha.js");

interface Job {
  readonly minutes?: number;
  readonly seconds?: number;
  readonly needs?: readonly string[];
  readonly after?: readonly string[];
}

describe("the queue of CI", () => {
  let folder: string;
  let jobs: object[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ci-queue-"));
    jobs = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function shell(name: string, script: string, more: Job = {}): void {
    const command = ["/bin/bash", "-c", script];
    jobs.push({ name, suite: name, minutes: 1, seconds: 1, command, ...more });
  }

  async function tests(name: string, text: string, more: Job = {}): Promise<void> {
    const file = join(folder, `${name}.test.cjs`);
    await writeFile(file, text);
    const command = [process.execPath, mocha, "--no-config", "--reporter", reporter, file];
    const job = { name, suite: "tests", minutes: 1, seconds: 1, files: [file], command };
    jobs.push({ ...job, ...more });
  }

  async function run(...options: readonly string[]) {
    const table = join(folder, "table.cjs");
    await writeFile(table, `exports.allJobs = () => (${JSON.stringify(jobs)});`);
    const env = { XDG_CACHE_HOME: folder, TMPDIR: folder };
    const args = [program, "--table", table, "--jobs", "2", ...options];
    const { all, exitCode } = await execa(process.execPath, args, {
      env,
      all: true,
      reject: false,
    });
    return { all, exitCode, lastLine: all.split("\n").at(-1) };
  }

  it("counts each test, and each other job as one", async () => {
    await tests("two", 'it("one", () => {}); it("two", () => {});');
    shell("check", "true");
    const { exitCode, lastLine, all } = await run();
    assert.equal(lastLine, "3 passed, 0 failed", all);
    assert.equal(exitCode, 0);
  });

  it("tells skipped tests", async () => {
    await tests("some", 'it("one", () => {}); it.skip("two", () => {});');
    const { exitCode, lastLine } = await run();
    assert.equal(lastLine, "1 passed, 0 failed, 1 skipped");
    assert.equal(exitCode, 0);
  });

  it("counts a failed test once, and goes on", async () => {
    await tests("bad", 'it("one", () => { throw new Error("no"); }); it("two", () => {});');
    shell("check", "exit 3");
    await tests("good", 'it("one", () => {});');
    const { exitCode, lastLine, all } = await run();
    assert.equal(lastLine, "2 passed, 2 failed", all);
    assert.equal(exitCode, 1);
  });

  const endings: readonly (readonly [string, string, string])[] = [
    ["crashes after a test", 'it("one", () => {}); it("two", () => process.exit(0));', "1 passed"],
    ["has no test", "", "0 passed"],
    ["has only skipped tests", 'it.skip("one", () => {});', "0 passed"],
    ["cannot be loaded", "throw new Error('no');", "0 passed"],
  ];
  for (const [what, text, passed] of endings) {
    it(`counts a file that ${what} as a failure`, async () => {
      await tests("bad", text);
      const { exitCode, lastLine, all } = await run();
      assert.ok(lastLine?.startsWith(`${passed}, 1 failed`), all);
      assert.equal(exitCode, 1);
    });
  }

  it("kills the process group of a file that exceeds its time limit, and counts a failure", async () => {
    const pids = join(folder, "pids");
    await tests(
      "hanging",
      `const { spawn } = require("node:child_process");
       it("one", () => {});
       it("hangs", function (done) {
         this.timeout(0);
         const child = spawn("sleep", ["1000"]);
         require("node:fs").writeFileSync(${JSON.stringify(pids)}, String(child.pid));
       });`,
      { minutes: 0.05 },
    );
    const { lastLine, all } = await run();
    assert.equal(lastLine, "1 passed, 1 failed", all);
    assert.match(all, /killed after its time limit/);
    const pid = await readFile(pids, "utf8");
    await delay(100);
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => " Z ");
    assert.match(state, / Z /);
  });

  it("leaves nothing of a job behind that ended", async () => {
    const pid = join(folder, "pid");
    shell("leaves", `sleep 1000 & echo $! > ${pid}`);
    const { lastLine } = await run();
    assert.equal(lastLine, "1 passed, 0 failed");
    const state = await readFile(
      `/proc/${(await readFile(pid, "utf8")).trim()}/stat`,
      "utf8",
    ).catch(() => " Z ");
    assert.match(state, / Z /);
  });

  it("starts a job after those that it waits for, and not at all where one that it needs failed", async () => {
    const log = join(folder, "log");
    shell("last", `echo last >> ${log}`, { after: ["bad", "slow"], seconds: 100 });
    shell("slow", `sleep 0.5; echo slow >> ${log}`);
    shell("bad", `echo bad >> ${log}; false`);
    shell("never", `echo never >> ${log}`, { needs: ["bad"] });
    const { lastLine, all } = await run();
    assert.equal(await readFile(log, "utf8"), "bad\nslow\nlast\n");
    assert.equal(lastLine, "2 passed, 2 failed", all);
    assert.match(all, /never: not run, because a job that it needs failed/);
  });

  it("starts the longest first, by what they took the last time", async () => {
    const log = join(folder, "log");
    for (const seconds of [1, 3, 2]) shell(`s${seconds}`, `echo ${seconds} >> ${log}`, { seconds });
    await run("--jobs", "1");
    assert.equal(await readFile(log, "utf8"), "3\n2\n1\n");
    const kept = JSON.parse(
      await readFile(join(folder, "pulumi-stylus-image-tools", "ci", "seconds.json"), "utf8"),
    ) as object;
    assert.deepEqual(Object.keys(kept), ["s1", "s2", "s3"]);
  });

  it("counts the steps that ran before it", async () => {
    shell("check", "true");
    const steps = join(folder, "steps");
    await writeFile(steps, "demo 0 12\nset-up 1 3\n");
    const { lastLine, exitCode } = await run("--steps", steps);
    assert.equal(lastLine, "2 passed, 1 failed");
    assert.equal(exitCode, 1);
  });

  it("removes what its processes shared", async () => {
    shell(
      "shares",
      `echo $STYLUS_TEST_SHARED > ${join(folder, "shared")}; test -d $STYLUS_TEST_SHARED`,
    );
    const { lastLine } = await run();
    assert.equal(lastLine, "1 passed, 0 failed");
    assert.ok(!existsSync((await readFile(join(folder, "shared"), "utf8")).trim()));
  });
});
