// Runs all checks and tests of the repository as one queue of jobs, and ends with a line of totals.
//
//   node tools/ci/main.cjs [--jobs N] [--steps FILE] [--only PATTERN] [--table FILE]
//
//   --jobs N        jobs at once; as many as there are cores by default
//   --steps FILE    what ran before, to be counted: lines of "NAME EXIT-CODE SECONDS"
//   --only PATTERN  only jobs whose name matches the regular expression, without waiting for others
//   --table FILE    module with the jobs; tools/ci/jobs.cjs by default
const { mkdirSync, mkdtempSync, readFileSync, rmSync } = require("node:fs");
const { availableParallelism, homedir, tmpdir } = require("node:os");
const { join, resolve } = require("node:path");
const { parseArgs } = require("node:util");
const { runQueue } = require("./queue.cjs");
const { endAll, runJob } = require("./run-job.cjs");
const { keepSeconds, readSeconds } = require("./seconds.cjs");
const { problemOf, succeeded, summary, totalsLine, totalsOf } = require("./totals.cjs");

const { values: options } = parseArgs({
  options: {
    jobs: { type: "string", default: String(availableParallelism()) },
    steps: { type: "string" },
    only: { type: "string" },
    table: { type: "string", default: join(__dirname, "jobs.cjs") },
  },
});
const { allJobs } = require(resolve(options.table));
const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const cache = join(caches, "pulumi-stylus-image-tools", "ci");
const lastRun = join(cache, "seconds.json");
let isStopping = false;
const work = mkdtempSync(join(tmpdir(), "stylus-ci-"));
// What all processes of this run make once and share.
process.env.STYLUS_TEST_SHARED = join(work, "shared");
mkdirSync(process.env.STYLUS_TEST_SHARED);
mkdirSync(cache, { recursive: true });

for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
]) {
  process.once(signal, async () => {
    isStopping = true;
    await endAll();
    rmSync(work, { recursive: true, force: true });
    process.exit(128 + number);
  });
}

function stepsBefore() {
  if (options.steps === undefined) return [];
  const lines = readFileSync(options.steps, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [name, exit, seconds] = line.split(" ");
    const job = { name, suite: name };
    return [name, { job, exit: Number(exit), seconds: Number(seconds) }];
  });
}

function jobsToRun() {
  const jobs = allJobs({ secondsOf: readSeconds(lastRun), work, cache });
  if (options.only === undefined) return jobs;
  const only = new RegExp(options.only);
  return jobs
    .filter(({ name }) => only.test(name))
    .map((job) => ({ ...job, needs: [], after: [] }));
}

const say = (name, line) =>
  console.log(`${process.uptime().toFixed(0).padStart(5)} s | ${name.padEnd(32)} | ${line}`);

let index = 0;
async function run(job) {
  // Never ends, so that no further job starts before the process exits.
  if (isStopping) return new Promise(() => undefined);
  say(job.name, `starts (at most ${job.minutes} min, ${job.seconds.toFixed(0)} s expected)`);
  const result = await runJob(job, (index += 1), work, (line) => say(job.name, line));
  // At once, so that a run that is stopped has not measured in vain.
  if (succeeded(result)) keepSeconds(lastRun, measured(result));
  const failed = succeeded(result) ? "" : `FAILED: ${problemOf(result) ?? "tests failed"}; `;
  say(job.name, `${failed}ended after ${result.seconds.toFixed(1)} s`);
  return result;
}

/** Seconds by check or file. Files that share a process run one after the other: each ends with its last test. */
function measured({ job, startedAt, seconds, tests }) {
  if (job.files === undefined) return { [job.name]: round(seconds) };
  if (job.files.length === 1) return { [job.files[0]]: round(seconds) };
  const sums = {};
  let end = startedAt;
  for (const { file, at } of tests) {
    sums[file] = round((sums[file] ?? 0) + (at - end) / 1000);
    end = at;
  }
  return sums;
}

const round = (seconds) => Math.round(seconds * 10) / 10;

async function main() {
  const before = stepsBefore();
  const results = await runQueue(jobsToRun(), Number(options.jobs), run, succeeded);
  const all = new Map([...before, ...results]);
  const totals = totalsOf(all);
  for (const line of summary(all)) console.log(line);
  console.log(`\n${totals.problems.length === 0 ? "No problem." : "Problems:"}`);
  for (const problem of totals.problems) console.log(`  ${problem}`);
  console.log(`\ntook ${process.uptime().toFixed(0)} s`);
  console.log(totalsLine(totals));
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

main()
  .finally(() => rmSync(work, { recursive: true, force: true }))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
