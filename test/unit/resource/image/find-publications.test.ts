import assert from "node:assert/strict";
import { findPublications } from "../../../../provider/resource/image/find-publications";
import type { FindResult } from "../../../../provider/targets/find-result";
import type { Target } from "../../../../provider/targets/target";
import type { Publication } from "../../../../provider/schema/state";
import { memoryTarget } from "../../agent/memory-target";
import { publicationAt } from "../../agent/samples";

const signal = new AbortController().signal;
const many: Publication[] = Array.from({ length: 12 }, (_, index) => ({
  ...publicationAt("directory:a", "raw"),
  uri: `memory://a/${index}`,
}));
const states = (results: readonly FindResult[]) => [...new Set(results.map(({ state }) => state))];

interface UnresponsiveTarget extends Target {
  readonly asked: string[];
}

/** A server that never responds. */
function unresponsiveTarget(name: string): UnresponsiveTarget {
  const asked: string[] = [];
  const find: Target["find"] = ({ uri }, given) => {
    asked.push(uri);
    return new Promise((_, reject) => {
      given.addEventListener("abort", () => reject(new Error("aborted")));
    });
  };
  return { ...memoryTarget(name, "/nowhere"), capabilities: {}, find, asked };
}

async function untilAsked({ asked }: UnresponsiveTarget, count: number): Promise<void> {
  while (asked.length < count) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, count);
}

describe("findPublications", () => {
  it("returns results in the order of the publications, with four requests at once", async () => {
    let open = 0;
    let most = 0;
    const find: Target["find"] = async ({ uri }) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      open -= 1;
      return { state: "altered", why: uri };
    };
    const results = await findPublications(
      { ...memoryTarget("b", "/nowhere"), find },
      many,
      signal,
    );
    assert.deepEqual(
      results.map((result) => "why" in result && result.why),
      many.map(({ uri }) => uri),
    );
    assert.equal(most, 4);
  });

  it("reports a server that does not answer as unreachable, and does not wait for it again", async () => {
    const target = unresponsiveTarget("silent");
    assert.deepEqual(states(await findPublications(target, many, signal, 20)), ["unreachable"]);
    assert.equal(target.asked.length, 4);
    // Waiting for the default deadline would take half a minute.
    assert.deepEqual(states(await findPublications(target, many, signal)), ["unreachable"]);
    assert.equal(target.asked.length, 4);
  });

  it("rejects when the call is aborted, and asks the server again later", async () => {
    const call = new AbortController();
    const target = unresponsiveTarget("cancelled");
    const asking = findPublications(target, many, call.signal);
    await untilAsked(target, 4);
    call.abort();
    await assert.rejects(asking, /aborted/);
    void findPublications(target, many, AbortSignal.timeout(20)).catch(() => undefined);
    await untilAsked(target, 8);
  });
});
