// An agent that needs no QEMU. Only the making and the booting of a base disk are replaced; everything else is the
// package's code.
// Its settings are in a JSON file (STYLUS_TEST_STEERING), which is read for each build:
//   log       file to which a line is appended for each new disk, to count them from outside
//   boots     file to which a line is appended for each boot of a base disk that exists already
//   console   what the console of a boot shows, for `verify.expect`; default "login:"
//   notActive true: no boot comes up
//   seed      text that changes the content of a disk with the same install key, because no install is reproducible
//   seconds   seconds that an install takes; default 0
//   chatter   console lines per second during the install, each with a progress event; default 0
//   say       the text of these lines, also written to the log; default "line", and nothing in the log
//   child     file that a child process of the agent reads during the install, in place of QEMU; default none
//   deaf      true: ignore cancellation
//   until     file whose appearance ends the install; default none
//   fail      code of the error that ends the install
//   dieAt     event before which the agent kills itself: "install started", "convert started 2" (the second one),
//             "result"; or "disk": after the disk was written
"use strict";
const { createHash } = require("node:crypto");
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const { open } = require("node:fs/promises");
const { join } = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");

// A test may use another version of the package.
const root = process.env.STYLUS_TEST_PACKAGE ?? join(__dirname, "..", "..");
const built = join(root, "dist", "provider");
const { runAgent } = require(join(built, "agent", "run-agent.js"));
const { stage } = require(join(built, "agent", "stages", "stage.js"));
const { fetchInstaller } = require(join(built, "agent", "stages", "fetch.js"));
const { StylusError } = require(join(built, "base", "errors.js"));
const { startChild } = require(join(built, "system", "process", "child.js"));

const steering = () => JSON.parse(readFileSync(process.env.STYLUS_TEST_STEERING, "utf8"));

// Each line of standard output is an event.
const told = new Map();
const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (text, ...rest) => {
  const { dieAt } = steering();
  if (dieAt !== undefined && text !== "") {
    const { type, stage: name, state } = JSON.parse(text);
    const event = type === "stage" ? `${name} ${state}` : type;
    const count = (told.get(event) ?? 0) + 1;
    told.set(event, count);
    if (dieAt === event || dieAt === `${event} ${count}`) process.kill(process.pid, "SIGKILL");
  }
  return write(text, ...rest);
};

/** Boots nothing, and fails as a boot would. */
function boot({ plan }) {
  const { console: said = "login:", notActive = false } = steering();
  const { expect } = plan.verify;
  if (notActive) {
    throw new StylusError("verify.not-active", {
      what: "The image came up, but not from its active system.",
      next: "Do not tell the test's agent so.",
    });
  }
  if (expect === undefined || new RegExp(expect).test(said)) return;
  throw new StylusError("verify.unexpected-console", {
    what: "The image came up, but its console never matched `verify.expect`.",
    next: "Correct the expression.",
  });
}

async function proveDisk(build) {
  const { boots } = steering();
  if (boots !== undefined) appendFileSync(boots, `${build.installKey} ${process.pid}\n`);
  await stage(build, "verify", build.plan.timeouts.verify, async () => boot(build));
}

async function makeDisk(build, installer, files) {
  const {
    log,
    seed = "",
    seconds = 0,
    chatter = 0,
    say = "line",
    child,
    until,
    deaf = false,
    fail,
    dieAt,
  } = steering();
  if (installer.file === undefined) await fetchInstaller(build, installer.sha256);
  await stage(build, "install", build.plan.timeouts.install, async ({ signal }) => {
    appendFileSync(log, `${build.installKey} ${process.pid}\n`);
    build.report({ type: "console", line: "the installer has begun" });
    if (say !== "line") build.report({ type: "log", level: "info", message: `Heard: ${say}` });
    if (child !== undefined) void startChild("tail", ["-f", child], { signal }).ended;
    const end = Date.now() + seconds * 1000;
    for (let line = 0; Date.now() < end; line++) {
      const pause = chatter === 0 ? Math.max(0, end - Date.now()) : 1000 / chatter;
      await delay(pause, undefined, deaf ? {} : { signal });
      if (chatter === 0) continue;
      build.report({ type: "console", line: `${say} ${line}` });
      const done = (line + 1) * 1048576;
      const total = seconds * chatter * 1048576;
      build.report({ type: "progress", stage: "install", done, total, unit: "bytes" });
    }
    while (until !== undefined && !existsSync(until)) await delay(100, undefined, { signal });
    if (fail !== undefined) {
      throw new StylusError(fail, {
        what: "The test's agent was told to fail.",
        next: "Do not tell it to.",
        tail: "last line of the console",
      });
    }
    const content = createHash("sha512").update(`${build.installKey} ${seed}`).digest();
    const disk = await open(files.disk, "w", 0o600);
    try {
      await disk.truncate(build.plan.machine.diskSize);
      // Some blocks at the beginning, in the middle and at the end.
      for (const at of [0, build.plan.machine.diskSize / 2, build.plan.machine.diskSize - 65536]) {
        await disk.write(Buffer.alloc(65536, content), 0, 65536, at);
      }
    } finally {
      await disk.close();
    }
  });
  if (build.plan.verify.boot || build.plan.verify.expect !== undefined) boot(build);
  if (dieAt === "disk") process.kill(process.pid, "SIGKILL");
}

runAgent(makeDisk, proveDisk);
