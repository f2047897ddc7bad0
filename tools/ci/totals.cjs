// What a run of CI has to say at its end: problems, seconds, and the totals of all tests.

/** Adds up results. A check counts as one test, and so does a job that broke off, ran no test or was not run at all. */
function totalsOf(results) {
  const totals = { passed: 0, failed: 0, skipped: 0, problems: [] };
  for (const [name, result] of results) {
    if (result === undefined) {
      totals.failed += 1;
      totals.problems.push(`${name}: not run, because a job that it needs failed`);
      continue;
    }
    const count = (event) => (result.tests ?? []).filter((test) => test.event === event).length;
    totals.passed += count("pass");
    totals.failed += count("fail");
    totals.skipped += count("pending");
    for (const test of result.tests ?? []) {
      if (test.event === "fail") totals.problems.push(`${name}: ${test.fullTitle}`);
    }
    const problem = problemOf(result);
    if (problem !== undefined) {
      totals.failed += 1;
      totals.problems.push(`${name}: ${problem}`);
    } else if (result.tests === undefined) {
      totals.passed += 1;
    }
  }
  return totals;
}

/** What is wrong with a job besides its failed tests. */
function problemOf({ job, exit, isTimedOut, tests, isComplete }) {
  if (isTimedOut) return `killed after its time limit of ${job.minutes} min`;
  if (tests === undefined) return exit === 0 ? undefined : `ended with ${exit}`;
  if (tests.every(({ event }) => event === "pending")) return "no test ran";
  const hasFailures = tests.some(({ event }) => event === "fail");
  if (!isComplete || (exit !== 0 && !hasFailures)) return `broke off with ${exit}`;
  return undefined;
}

const succeeded = (result) => totalsOf([[result.job.name, result]]).failed === 0;

function summary(results) {
  const done = [...results.values()].filter((result) => result !== undefined);
  const lines = ["", "Seconds by job:"];
  for (const { job, seconds, tests = [] } of sorted(done, ({ seconds }) => seconds)) {
    const files =
      job.files === undefined || job.files.length === 1 ? "" : ` (${job.files.join(" ")})`;
    lines.push(`${column(seconds)}  ${job.name}, ${tests.length || 1} tests${files}`);
  }
  lines.push("", "Seconds by suite, added up over its jobs:");
  for (const [suite, { seconds, tests }] of suites(done)) {
    lines.push(`${column(seconds)}  ${suite}, ${tests} tests`);
  }
  lines.push("", "The 40 slowest tests:");
  const tests = done.flatMap(({ job, tests = [] }) => tests.map((test) => ({ ...test, job })));
  for (const { ms, job, fullTitle } of sorted(tests, ({ ms }) => ms).slice(0, 40)) {
    lines.push(`${column(ms / 1000)}  ${job.suite}: ${fullTitle}`);
  }
  return lines;
}

const sorted = (items, by) => [...items].sort((one, other) => by(other) - by(one));
const column = (seconds) => seconds.toFixed(1).padStart(8);

function suites(results) {
  const sums = new Map();
  for (const { job, seconds, tests = [] } of results) {
    const sum = sums.get(job.suite) ?? { seconds: 0, tests: 0 };
    sums.set(job.suite, { seconds: sum.seconds + seconds, tests: sum.tests + (tests.length || 1) });
  }
  return sums;
}

/** The last line of a run; other programs read it. */
function totalsLine({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

module.exports = { problemOf, succeeded, summary, totalsLine, totalsOf };
