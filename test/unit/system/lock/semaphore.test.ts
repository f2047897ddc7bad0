import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import { agentCount, semaphore } from "../../../../provider/system/lock/semaphore";
import { slotCount } from "../../../../provider/system/host/capacity";

const { signal } = new AbortController();

/** Work that ends on command, and whether it has started. */
function job() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const state = { begun: false, waited: false, end: () => end() };
  const use = (of: ReturnType<typeof semaphore>, abort = signal) =>
    of.run({ signal: abort, onWait: () => (state.waited = true) }, async () => {
      state.begun = true;
      await ended;
    });
  return { state, use };
}

describe("semaphore", () => {
  it("runs so many at once, and the others in their order", async () => {
    const two = semaphore(2);
    const jobs = [job(), job(), job(), job()];
    const done = jobs.map(({ use }) => use(two));
    const begun = async () => {
      await turn();
      return jobs.map(({ state }) => state.begun);
    };
    assert.deepEqual(await begun(), [true, true, false, false]);
    assert.deepEqual(
      jobs.map(({ state }) => state.waited),
      [false, false, true, true],
    );
    jobs[1]?.state.end();
    assert.deepEqual(await begun(), [true, true, true, false]);
    for (const { state } of jobs) state.end();
    await Promise.all(done);
    assert.deepEqual(await begun(), [true, true, true, true]);
  });

  it("frees the slot of work that failed", async () => {
    const single = semaphore(1);
    await assert.rejects(
      single.run({ signal, onWait: () => undefined }, () => Promise.reject(new Error("no"))),
      /no/,
    );
    const next = job();
    next.state.end();
    await next.use(single);
    assert.equal(next.state.waited, false);
  });

  it("does not run work that was cancelled while it waited, and frees its slot", async () => {
    const single = semaphore(1);
    const [first, second, third] = [job(), job(), job()];
    const firstDone = first.use(single);
    const cancel = new AbortController();
    const secondDone = second.use(single, cancel.signal);
    const thirdDone = third.use(single);
    cancel.abort();
    await assert.rejects(secondDone, { code: "build.cancelled" });
    first.state.end();
    third.state.end();
    await Promise.all([firstDone, thirdDone]);
    assert.deepEqual([second.state.begun, third.state.begun], [false, true]);
  });
});

describe("agentCount", () => {
  it("is a few for each core, and more than the installs that run at once", async () => {
    assert.ok(agentCount() <= Math.max(2, 4 * availableParallelism()));
    assert.ok(agentCount() > (await slotCount()));
  });
});
