import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { scaledLimit, stage, timedStage } from "../../../../provider/agent/stages/stage";
import { stageNames, type AgentEvent } from "../../../../provider/plan/events";
import { StylusError } from "../../../../provider/base/errors";
import { buildFor } from "../samples";

const build = (events: AgentEvent[] = []) => buildFor({ folder: "/nowhere", targets: [], events });
const never = ({ signal }: { readonly signal: AbortSignal }) =>
  delay(600_000, undefined, { signal });
/** A tenth of a second, in minutes. */
const short = 1 / 600;

describe("stage", () => {
  it("reports its start and its end, and returns the result of the work", async () => {
    const events: AgentEvent[] = [];
    assert.equal(await stage(build(events), "convert", 1, () => Promise.resolve(7)), 7);
    assert.deepEqual(
      events.map((event) => event.type === "stage" && [event.stage, event.state]),
      [
        ["convert", "started"],
        ["convert", "finished"],
      ],
    );
  });

  it("has the duration of earlier runs with the same installer as its expected duration", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stylus-stage-"));
    try {
      const events: AgentEvent[] = [];
      const remembering = buildFor({ folder, targets: [], events });
      const run = { limitMinutes: 1, installerSha256: "a".repeat(64), accelerator: "tcg" } as const;
      const wait = (): Promise<void> => delay(200);
      await timedStage(remembering, "verify", run, wait);
      const fails = timedStage(remembering, "verify", run, () => Promise.reject(new Error()));
      await assert.rejects(fails);
      await timedStage(remembering, "install", run, wait);
      await timedStage(remembering, "verify", { ...run, installerSha256: undefined }, wait);
      const begun = events.filter((event) => event.type === "stage" && event.state === "started");
      const expected = begun.map((event) => event.type === "stage" && typeof event.expectedSeconds);
      assert.deepEqual(expected, ["undefined", "number", "undefined", "undefined"]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("does not report its end if it failed", async () => {
    const events: AgentEvent[] = [];
    const fault = new Error("x");
    await assert.rejects(
      stage(build(events), "convert", 1, () => Promise.reject(fault)),
      fault,
    );
    assert.equal(events.length, 1);
  });

  for (const [name, code, limit] of [
    ["fetch", "installer.unreachable", "fetch"],
    ["inspect", "installer.not-bootable", "fetch"],
    ["seed", "internal", "fetch"],
    ["install", "install.timed-out", "install"],
    ["verify", "verify.not-booting", "verify"],
    ["convert", "convert.timed-out", "convert"],
    ["publish", "publish.timed-out", "publish"],
  ] as const) {
    it(`ends ${name} at its limit with ${code}, and names timeouts.${limit}`, async () => {
      await assert.rejects(
        stage(build(), name, short, never),
        (error) =>
          error instanceof StylusError &&
          error.code === code &&
          error.message.includes(`Raise \`timeouts.${limit}\``),
      );
    });
  }

  it("has a time limit for every stage", () => assert.equal(stageNames.length, 7));

  it("keeps the console and the files of an error that the time limit caused", async () => {
    const work = async ({ signal }: { readonly signal: AbortSignal }) => {
      await never({ signal }).catch(() => undefined);
      const { code, details } = signal.reason as StylusError;
      throw new StylusError(code, { ...details, tail: "last line", files: ["/l/serial.log"] });
    };
    await assert.rejects(
      stage(build(), "install", short, work),
      (error) => error instanceof StylusError && error.details.tail === "last line",
    );
  });

  it("is aborted by the build's signal too", async () => {
    const cancel = new AbortController();
    const reason = new StylusError("build.cancelled", { what: "A.", next: "B." });
    const running = stage({ ...build(), signal: cancel.signal }, "install", 1, async (inner) => {
      await never(inner).catch(() => undefined);
      throw inner.signal.reason;
    });
    cancel.abort(reason);
    await assert.rejects(running, reason);
  });
});

describe("scaledLimit", () => {
  it("is three times as long under TCG", () => {
    assert.equal(scaledLimit(40, { accelerator: "kvm" }), 40);
    assert.equal(scaledLimit(40, { accelerator: "tcg" }), 120);
  });
});
