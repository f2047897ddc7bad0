import assert from "node:assert/strict";
import { askTarget } from "../../../../provider/resource/image/probe";
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
const states = (findings: readonly FindResult[]) => [
  ...new Set(findings.map(({ state }) => state)),
];

interface SilentTarget extends Target {
  readonly asked: string[];
}

/** A server that never answers. */
function silentTarget(name: string): SilentTarget {
  const asked: string[] = [];
  const find: Target["find"] = ({ uri }, given) => {
    asked.push(uri);
    return new Promise((_, reject) => {
      given.addEventListener("abort", () => reject(new Error("aborted")));
    });
  };
  return { ...memoryTarget(name, "/nowhere"), capabilities: {}, find, asked };
}

describe("askTarget", () => {
  it("answers in the order of the publications, and asks four at once", async () => {
    let open = 0;
    let most = 0;
    const find: Target["find"] = async ({ uri }) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      open -= 1;
      return { state: "altered", why: uri };
    };
    const findings = await askTarget({ ...memoryTarget("b", "/nowhere"), find }, many, signal);
    assert.deepEqual(
      findings.map((finding) => "why" in finding && finding.why),
      many.map(({ uri }) => uri),
    );
    assert.equal(most, 4);
  });

  it("calls a server that does not answer unreachable, and does not wait for it again", async () => {
    const target = silentTarget("silent");
    assert.deepEqual(states(await askTarget(target, many, signal, 20)), ["unreachable"]);
    assert.equal(target.asked.length, 4);
    // With its usual patience this would take half a minute.
    assert.deepEqual(states(await askTarget(target, many, signal)), ["unreachable"]);
    assert.equal(target.asked.length, 4);
  });

  it("ends with the call, which proves nothing of the server", async () => {
    const call = new AbortController();
    const target = silentTarget("cancelled");
    const asking = askTarget(target, many, call.signal);
    call.abort();
    await assert.rejects(asking, /aborted/);
    void askTarget(target, many, AbortSignal.timeout(20)).catch(() => undefined);
    assert.equal(target.asked.length, 8);
  });
});
