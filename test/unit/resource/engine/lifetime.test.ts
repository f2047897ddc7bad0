import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { followEngine, type EngineLife } from "../../../../provider/resource/engine/lifetime";
import { StylusError } from "../../../../provider/base/errors";

const never = new Promise<never>(() => undefined);
const short = { deadlineMinutes: 0.001, graceMilliseconds: 10 };

/** What Node publishes when the engine calls the provider. */
const engineCalls = (method: string): void =>
  channel("http2.server.stream.start").publish({
    stream: new EventEmitter(),
    headers: { ":path": `/pulumirpc.ResourceProvider/${method}` },
  });

describe("followEngine", () => {
  const lives: EngineLife[] = [];
  const follow = (limits: Parameters<typeof followEngine>[1]): EngineLife => {
    const life = followEngine("create of urn", limits);
    lives.push(life);
    return life;
  };
  afterEach(() => lives.splice(0).forEach((life) => life.end()));

  it("gives the work's result", async () => {
    const life = follow(short);
    assert.equal(await life.orEnd(Promise.resolve(7)), 7);
  });

  it("ends work that hangs, after its deadline and the time to end in order", async () => {
    const life = follow(short);
    await assert.rejects(
      life.orEnd(never),
      /^StylusError: create of urn did not end within 0\.001 minutes\. .*\[internal\]$/,
    );
    assert.equal(life.signal.aborted, true);
  });

  it("lets work that ends by itself after the signal say what it has", async () => {
    const life = follow({ ...short, graceMilliseconds: 60_000 });
    const work = new Promise((resolve) =>
      life.signal.addEventListener("abort", () => resolve("what is finished")),
    );
    assert.equal(await life.orEnd(work), "what is finished");
  });

  it("tells every open call that the engine cancels, and none of another call of the engine", () => {
    const [one, two] = [follow({ deadlineMinutes: 1 }), follow({ deadlineMinutes: 1 })];
    engineCalls("Create");
    assert.equal(one.signal.aborted, false);
    engineCalls("Cancel");
    for (const { signal } of [one, two]) {
      assert.ok(signal.reason instanceof StylusError);
      assert.equal(signal.reason.code, "build.cancelled");
    }
  });

  it("leaves calls alone that have ended, and those that come after", () => {
    const ended = follow({ deadlineMinutes: 1 });
    ended.end();
    engineCalls("Cancel");
    assert.equal(ended.signal.aborted, false);
    assert.equal(follow({ deadlineMinutes: 1 }).signal.aborted, false);
  });
});
