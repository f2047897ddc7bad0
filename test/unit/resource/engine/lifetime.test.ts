import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { trackCall, type CallLifetime } from "../../../../provider/resource/engine/lifetime";
import { StylusError } from "../../../../provider/base/errors";

const never = new Promise<never>(() => undefined);
const short = { deadlineMinutes: 0.001, graceMilliseconds: 10 };

/** The diagnostics message that Node publishes when the engine calls the provider. */
const engineCalls = (method: string): void =>
  channel("http2.server.stream.start").publish({
    stream: new EventEmitter(),
    headers: { ":path": `/pulumirpc.ResourceProvider/${method}` },
  });

describe("trackCall", () => {
  const lifetimes: CallLifetime[] = [];
  const track = (limits: Parameters<typeof trackCall>[1]): CallLifetime => {
    const lifetime = trackCall("create of urn", limits);
    lifetimes.push(lifetime);
    return lifetime;
  };
  afterEach(() => lifetimes.splice(0).forEach((lifetime) => lifetime.end()));

  it("returns the result of the work", async () => {
    const lifetime = track(short);
    assert.equal(await lifetime.orAbort(Promise.resolve(7)), 7);
  });

  it("rejects after the deadline and the grace period when the work hangs", async () => {
    const lifetime = track(short);
    await assert.rejects(
      lifetime.orAbort(never),
      /^StylusError: create of urn did not end within 0\.001 minutes\. .*\[internal\]$/,
    );
    assert.equal(lifetime.signal.aborted, true);
  });

  it("returns the result of work that ends within the grace period", async () => {
    const lifetime = track({ ...short, graceMilliseconds: 60_000 });
    const work = new Promise((resolve) =>
      lifetime.signal.addEventListener("abort", () => resolve("partial result")),
    );
    assert.equal(await lifetime.orAbort(work), "partial result");
  });

  it("aborts every open call when the engine cancels, and none on other calls", () => {
    const [one, two] = [track({ deadlineMinutes: 1 }), track({ deadlineMinutes: 1 })];
    engineCalls("Create");
    assert.equal(one.signal.aborted, false);
    engineCalls("Cancel");
    for (const { signal } of [one, two]) {
      assert.ok(signal.reason instanceof StylusError);
      assert.equal(signal.reason.code, "build.cancelled");
    }
  });

  it("does not abort calls that ended before or begin after", () => {
    const ended = track({ deadlineMinutes: 1 });
    ended.end();
    engineCalls("Cancel");
    assert.equal(ended.signal.aborted, false);
    assert.equal(track({ deadlineMinutes: 1 }).signal.aborted, false);
  });
});
