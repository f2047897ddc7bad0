import assert from "node:assert/strict";
import { progressJson } from "../../../../provider/cli/terminal/progress-json";
import type { AgentEvent } from "../../../../provider/plan/events";
import { StylusError } from "../../../../provider/base/errors";

const start = Date.parse("2026-01-02T03:04:05.000Z");

/** The objects written for events at the given seconds. */
function linesOf(
  events: readonly (readonly [number, AgentEvent])[],
  isQuiet = false,
  error?: StylusError,
): unknown[] {
  const lines: unknown[] = [];
  let seconds = 0;
  const view = progressJson(
    (line) => {
      assert.ok(!line.includes("\n"));
      lines.push(JSON.parse(line));
    },
    { isQuiet, now: () => new Date(start + seconds * 1000) },
  );
  for (const [time, event] of events) {
    seconds = time;
    view.show(event);
  }
  view.end(error === undefined ? { state: "done" } : { state: "failed", error });
  return lines;
}

describe("progressJson", () => {
  it("writes each event with its time", () => {
    const events: readonly (readonly [number, AgentEvent])[] = [
      [0, { type: "stage", stage: "install", state: "started", expectedSeconds: 58.1 }],
      [1.5, { type: "log", level: "warning", message: "A." }],
      [2, { type: "console", line: "login:" }],
      [3, { type: "command", command: "qemu-img create a" }],
    ];
    const times = ["05.000", "06.500", "07.000", "08.000"];
    assert.deepEqual(
      linesOf(events),
      events.map(([, event], at) => ({ time: `2026-01-02T03:04:${times[at]}Z`, ...event })),
    );
  });

  it("writes the progress of an item once a second, and always its end", () => {
    const at = (time: number, done: number, what = "qcow2") =>
      [
        time,
        { type: "progress", stage: "convert", unit: "percent", done, total: 100, what },
      ] as const;
    const lines = linesOf([at(0, 1), at(0.2, 2), at(1, 3), at(1.1, 100), at(1.2, 0, "vmdk")]);
    assert.deepEqual(
      lines.map((line) => JSON.stringify(line).match(/"done":(\d+)/)?.[1]),
      ["1", "3", "100", "0"],
    );
  });

  it("ends with the error with option names, and does not repeat the agent's error", () => {
    const lines = linesOf(
      [[0, { type: "error", code: "internal", what: "The agent's.", next: "B." }]],
      true,
      new StylusError("input.invalid", {
        what: "A.",
        next: "B.",
        problems: [{ path: "--to", reason: "none" }],
        cause: new Error("not printed"),
      }),
    );
    assert.deepEqual(lines, [
      {
        time: "2026-01-02T03:04:05.000Z",
        type: "error",
        code: "input.invalid",
        what: "A.",
        next: "B.",
        problems: [{ path: "--to", reason: "none" }],
      },
    ]);
  });

  it("writes only the result or the error with --quiet", () => {
    assert.deepEqual(
      linesOf(
        [
          [0, { type: "stage", stage: "fetch", state: "started" }],
          [0, { type: "log", level: "warning", message: "A." }],
          [0, { type: "console", line: "a" }],
          [0, { type: "command", command: "a" }],
          [0, { type: "progress", stage: "fetch", unit: "bytes", done: 1 }],
        ],
        true,
      ),
      [],
    );
  });
});
