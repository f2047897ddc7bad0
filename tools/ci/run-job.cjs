// Runs one job of CI: a process in a group of its own, under a time limit.
const { spawn } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { createInterface } = require("node:readline");
const { setTimeout: delay } = require("node:timers/promises");

const killAfterMs = 30_000;
const drainMs = 5_000;
const running = new Set();

/** Answers the job's result when its process has ended. `say` gets each line of its output. */
async function runJob(job, index, work, say) {
  const events = join(work, `${index}.events`);
  const startedAt = Date.now();
  const child = spawn(job.command[0], job.command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, ...job.env, MOCHA_EVENTS: events },
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Infinity }).on("line", say);
  }
  const limit = limitTime(child, job.minutes);
  const { code, signal } = await ended(child);
  limit.clear();
  running.delete(child);
  // Whatever the job left behind in its group.
  signalGroup(child, "SIGKILL");
  await closed(child);
  const seconds = (Date.now() - startedAt) / 1000;
  const exit = signal ?? code;
  return { job, startedAt, seconds, exit, isTimedOut: limit.isOver(), ...tests(job, events) };
}

function limitTime(child, minutes) {
  let isOver = false;
  let force;
  const end = setTimeout(() => {
    isOver = true;
    signalGroup(child, "SIGTERM");
    force = setTimeout(() => signalGroup(child, "SIGKILL"), killAfterMs);
  }, minutes * 60_000);
  return {
    isOver: () => isOver,
    clear: () => {
      clearTimeout(end);
      clearTimeout(force);
    },
  };
}

const ended = (child) =>
  new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: error.message, signal: null }));
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });

/** The output's end; processes outside the group may keep it open. */
const closed = (child) =>
  new Promise((resolve) => {
    if (child.stdout.readableEnded && child.stderr.readableEnded) return resolve();
    const timer = setTimeout(resolve, drainMs);
    child.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** What the reporter wrote of a job that runs mocha; other jobs count as one test each. */
function tests(job, file) {
  if (job.files === undefined) return { tests: undefined };
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  // A killed process may leave a part of a line.
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return {
    tests: lines.filter(({ event }) => event !== "end"),
    isComplete: lines.some(({ event }) => event === "end"),
  };
}

/** Ends every process group that a job has started: with SIGTERM, and with SIGKILL what does not end soon. */
async function endAll() {
  for (const child of running) signalGroup(child, "SIGTERM");
  const deadline = Date.now() + drainMs;
  while (running.size > 0 && Date.now() < deadline) await delay(100);
  for (const child of running) signalGroup(child, "SIGKILL");
}

module.exports = { runJob, endAll };
