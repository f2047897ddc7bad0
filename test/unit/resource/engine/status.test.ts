import assert from "node:assert/strict";
import { stageNames, type AgentEvent } from "../../../../provider/plan/events";
import { statusFormatter } from "../../../../provider/resource/engine/status";
import { GiB, MiB } from "../../../../provider/base/size";
import { stateWith } from "../../agent/samples";

const started = (stage: (typeof stageNames)[number]): AgentEvent => ({
  type: "stage",
  stage,
  state: "started",
});
const progress = (rest: object): AgentEvent => ({
  type: "progress",
  stage: "publish",
  done: GiB,
  unit: "bytes",
  ...rest,
});
const consoleLine = (line: string): AgentEvent => ({ type: "console", line });

describe("statusFormatter", () => {
  const cases: readonly (readonly [string, readonly AgentEvent[], string | undefined])[] = [
    ["shows a stage that begins", [started("fetch")], "fetching the installer"],
    [
      "shows nothing at the end of a stage",
      [started("fetch"), { type: "stage", stage: "fetch", state: "finished" }],
      undefined,
    ],
    [
      "shows nothing for a skipped stage",
      [{ type: "stage", stage: "install", state: "skipped", detail: "x" }],
      undefined,
    ],
    ["shows an amount of bytes", [progress({})], "publishing | 1 GiB"],
    ["shows an amount of a total", [progress({ total: 4 * GiB })], "publishing | 1 GiB of 4 GiB"],
    [
      "shows what is in progress",
      [progress({ total: 4 * GiB, what: "raw to s3://b" })],
      "publishing | raw to s3://b 1 GiB of 4 GiB",
    ],
    [
      "shows whole percents",
      [progress({ stage: "convert", done: 41.9, total: 100, unit: "percent", what: "qcow2" })],
      "converting | qcow2 41 %",
    ],
    [
      "shows the last console line after the stage",
      [started("install"), consoleLine("Booting"), consoleLine("Partitioning")],
      "installing | Partitioning",
    ],
    [
      "shows stage, amount and console",
      [
        started("install"),
        consoleLine("Copying"),
        {
          type: "progress",
          stage: "install",
          done: MiB,
          unit: "bytes",
          what: "written to the disk",
        },
      ],
      "installing | written to the disk 1 MiB | Copying",
    ],
    [
      "cuts a long line",
      [started("install"), consoleLine("x".repeat(200))],
      `installing | ${"x".repeat(80)}`,
    ],
    [
      "drops amount and line when the next stage begins",
      [
        started("install"),
        consoleLine("Copying"),
        progress({ stage: "install" }),
        started("verify"),
      ],
      "verifying",
    ],
    [
      "shows nothing for a log line",
      [started("install"), { type: "log", level: "info", message: "x" }],
      undefined,
    ],
    ["shows nothing for a tool", [{ type: "command", command: "qemu-img info a" }], undefined],
    ["shows nothing for a result", [{ type: "result", state: stateWith([]) }], undefined],
    [
      "shows nothing for an error",
      [{ type: "error", code: "internal", what: "a", next: "b" }],
      undefined,
    ],
  ];
  for (const [rule, events, expected] of cases) {
    it(rule, () => {
      const status = statusFormatter();
      assert.equal(events.map(status).at(-1), expected);
    });
  }

  it("has a different text for every stage", () => {
    const words = stageNames.map((stage) => statusFormatter()(started(stage)) ?? "");
    assert.equal(new Set(words).size, stageNames.length);
    for (const word of words) assert.match(word, /^[a-z ]+$/);
  });

  it("shows rate, remaining time and elapsed time", () => {
    let seconds = 0;
    const status = statusFormatter(() => seconds * 1000);
    status(started("publish"));
    const at = (second: number): string | undefined => {
      seconds = second;
      return status(progress({ done: second * 10 * MiB, total: 4 * GiB, what: "raw" }));
    };
    assert.equal(at(0), "publishing | raw 0 bytes of 4 GiB");
    assert.equal(at(10), "publishing | raw 100 MiB of 4 GiB, 10 MiB/s, 7 min left");
    assert.equal(at(180), "publishing for 3 min | raw 1.8 GiB of 4 GiB, 10 MiB/s, 4 min left");
  });

  it("shows the remaining time by earlier runs until that time has passed", () => {
    let seconds = 0;
    const status = statusFormatter(() => seconds * 1000);
    const begun: AgentEvent = {
      type: "stage",
      stage: "install",
      state: "started",
      expectedSeconds: 100,
    };
    assert.equal(status(begun), "installing | 2 min left");
    const at = (second: number): string | undefined => {
      seconds = second;
      return status(progress({ stage: "install", done: second * MiB, what: "written" }));
    };
    assert.equal(at(50), "installing | 50 s left | written 50 MiB");
    assert.equal(at(120), "installing for 2 min | written 120 MiB, 1 MiB/s");
    assert.equal(status(started("convert")), "converting");
  });

  it("keeps two resources apart", () => {
    const [one, two] = [statusFormatter(), statusFormatter()];
    one(started("install"));
    assert.equal(two(consoleLine("x")), "x");
  });
});
