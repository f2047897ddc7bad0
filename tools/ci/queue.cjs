// The queue of CI: runs jobs that depend on each other, so many at once, those that take longest first.

/**
 * Runs all jobs, `parallel` at once, and answers their results in the order in which they ended. A job starts when
 * those in its `after` have ended and those in its `needs` have succeeded; where one of these failed it does not run,
 * and its result is `undefined`.
 */
async function runQueue(jobs, parallel, run, succeeded) {
  const results = new Map();
  const secondsLeft = pathLengths(jobs);
  const waiting = new Set(
    [...jobs].sort((one, other) => secondsLeft(other.name) - secondsLeft(one.name)),
  );
  const running = new Map();
  const known = new Set(jobs.map(({ name }) => name));
  for (const { name, needs = [], after = [] } of jobs) {
    const missing = [...needs, ...after].find((other) => !known.has(other));
    if (missing !== undefined) throw new Error(`${name} waits for ${missing}, which is no job.`);
  }

  const hasEnded = (name) => results.has(name);
  const hasFailed = (name) => {
    if (!results.has(name)) return false;
    const result = results.get(name);
    return result === undefined || !succeeded(result);
  };

  while (waiting.size + running.size > 0) {
    for (const job of waiting) {
      const { name, needs = [], after = [] } = job;
      if (needs.some(hasFailed)) {
        waiting.delete(job);
        results.set(name, undefined);
      } else if (running.size < parallel && [...needs, ...after].every(hasEnded)) {
        waiting.delete(job);
        running.set(
          name,
          run(job).then((result) => ({ name, result })),
        );
      }
    }
    if (running.size > 0) {
      const { name, result } = await Promise.race(running.values());
      running.delete(name);
      results.set(name, result);
    } else if (waiting.size > 0 && [...waiting].every(({ needs = [] }) => !needs.some(hasFailed))) {
      throw new Error(
        `Jobs wait for each other: ${[...waiting].map(({ name }) => name).join(", ")}.`,
      );
    }
  }
  return results;
}

/** Seconds from the start of a job to the end of the longest chain of jobs that wait for it. */
function pathLengths(jobs) {
  const known = new Map();
  const length = (name) => {
    const { seconds } = jobs.find((job) => job.name === name);
    const dependents = jobs.filter(({ needs = [], after = [] }) =>
      [...needs, ...after].includes(name),
    );
    return seconds + Math.max(0, ...dependents.map((job) => lengthOf(job.name)));
  };
  const lengthOf = (name) => {
    if (!known.has(name)) known.set(name, length(name));
    return known.get(name);
  };
  return lengthOf;
}

module.exports = { runQueue };
