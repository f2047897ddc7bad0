import assert from "node:assert/strict";
import { progressView } from "../../../../provider/cli/terminal/progress";
import { progressLines } from "../../../../provider/cli/terminal/progress-lines";
import { plainText } from "../../../../provider/cli/terminal/progress-text";
import type { AgentEvent } from "../../../../provider/plan/events";
import { MiB } from "../../../../provider/base/size";

/** The lines written for events at the given seconds. */
function linesOf(events: readonly (readonly [number, AgentEvent])[], isVerbose = false): string[] {
  const lines: string[] = [];
  let seconds = 0;
  const view = progressLines((line) => lines.push(line), {
    theme: { paint: (text) => text },
    isVerbose,
    now: () => seconds * 1000,
  });
  for (const [time, event] of events) {
    seconds = time;
    view.show(event);
  }
  view.end({ state: "done" });
  return lines;
}

const bytes = (done: number, total?: number): AgentEvent => ({
  type: "progress",
  stage: "fetch",
  unit: "bytes",
  done: done * MiB,
  ...(total !== undefined && { total: total * MiB }),
});

describe("progressLines", () => {
  it("writes a line for each started, finished and skipped stage, with its seconds", () => {
    const lines = linesOf([
      [0, { type: "stage", stage: "fetch", state: "started" }],
      [1, { type: "stage", stage: "fetch", state: "finished", seconds: 1.04 }],
      [1, { type: "stage", stage: "install", state: "skipped", detail: "in the cache" }],
    ]);
    assert.deepEqual(lines, [
      "fetch: started",
      "fetch: finished in 1.0 s",
      "install: skipped (in the cache)",
    ]);
  });

  it("writes bytes, percentage and rate at most every ten seconds", () => {
    const started: AgentEvent = { type: "stage", stage: "fetch", state: "started" };
    const events = Array.from({ length: 31 }, (_, second) => [second, bytes(second, 40)] as const);
    assert.deepEqual(linesOf([[0, started], ...events]), [
      "fetch: started",
      "fetch: 10 MiB of 40 MiB (25 %), 1 MiB/s, 30 s left",
      "fetch: 20 MiB of 40 MiB (50 %), 1 MiB/s, 20 s left",
      "fetch: 30 MiB of 40 MiB (75 %), 1 MiB/s, 10 s left",
    ]);
  });

  it("restarts the rate when the count goes back or another item begins", () => {
    const other: AgentEvent = { type: "progress", stage: "publish", unit: "bytes", done: 9 * MiB };
    const lines = linesOf([
      [0, bytes(0)],
      [10, bytes(10)],
      [20, bytes(1)],
      [30, other],
    ]);
    assert.deepEqual(lines, ["fetch: 10 MiB, 1 MiB/s", "fetch: 1 MiB", "publish: 9 MiB"]);
  });

  it("writes percentages with their item", () => {
    const event: AgentEvent = {
      type: "progress",
      stage: "convert",
      unit: "percent",
      done: 41.9,
      what: "qcow2",
    };
    assert.deepEqual(linesOf([[9, event]]), []);
    assert.deepEqual(
      linesOf([
        [0, event],
        [11, event],
      ]),
      ["convert: qcow2: 41 %"],
    );
  });

  it("adds the console's last line to the progress", () => {
    const consoleLine = (line: string): AgentEvent => ({ type: "console", line });
    const lines = linesOf([
      [0, consoleLine("one")],
      [1, consoleLine("two")],
      [10, bytes(0)],
      [20, bytes(0)],
      [30, consoleLine("three")],
    ]);
    assert.deepEqual(lines, ["fetch: 0 bytes; console: two", "fetch: 0 bytes", "console: three"]);
  });

  it("writes the remaining time of an install from earlier runs", () => {
    const written = (time: number, done: number) =>
      [time, { type: "progress", stage: "install", unit: "bytes", done: done * MiB }] as const;
    const lines = linesOf([
      [0, { type: "stage", stage: "install", state: "started", expectedSeconds: 58.04 }],
      written(10, 0),
      written(70, 90),
    ]);
    assert.deepEqual(lines, [
      "install: started; earlier runs took 58.0 s",
      "install: 0 bytes, 50 s left",
      "install: 90 MiB, 1.5 MiB/s",
    ]);
  });

  it("writes every console line and command with --verbose only", () => {
    const events: readonly (readonly [number, AgentEvent])[] = [
      [0, { type: "console", line: "one\u001b[2J" }],
      [0, { type: "console", line: "two" }],
      [0, { type: "command", command: "qemu-img create 'a b'" }],
    ];
    assert.deepEqual(linesOf(events, true), [
      "console: one",
      "console: two",
      "$ qemu-img create 'a b'",
    ]);
    assert.deepEqual(linesOf(events), []);
  });

  it("writes messages at once and marks warnings", () => {
    const lines = linesOf([
      [0, { type: "log", level: "info", message: "A." }],
      [0, { type: "log", level: "warning", message: "B." }],
    ]);
    assert.deepEqual(lines, ["A.", "warning: B."]);
  });

  it("leaves the result and the error to the command", () => {
    assert.deepEqual(
      linesOf([[0, { type: "error", code: "internal", what: "A.", next: "B." }]]),
      [],
    );
  });

  it("removes control characters of the guest", () => {
    assert.equal(plainText("\u001b[2J\u001b]0;title\u0007a\rb\u0000\u009b1mc\tд "), "a b c д");
    assert.equal(plainText("a\u202eb\u2028c\u200bd\ud800"), "ab cd\ufffd");
  });
});

describe("progressView", () => {
  for (const environment of [{ CI: "true" }, { CI: "1" }, { TERM: "dumb" }]) {
    it(`writes lines on a terminal with ${JSON.stringify(environment)}`, () => {
      const lines: string[] = [];
      const stream = { isTTY: true, write: (text: string) => lines.push(text) };
      // Only these two members are used to choose lines.
      const view = progressView(stream as unknown as NodeJS.WriteStream, {}, environment);
      view.show({ type: "log", level: "info", message: "A." });
      assert.deepEqual(lines, ["A.\n"]);
    });
  }

  const silent: AgentEvent = { type: "log", level: "warning", message: "A." };
  const written = (options: Parameters<typeof progressView>[1]): string[] => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) };
    progressView(stream as unknown as NodeJS.WriteStream, options, {}).show(silent);
    return lines;
  };

  it("writes nothing with --quiet", () => assert.deepEqual(written({ quiet: true }), []));

  it("writes JSON with --log-format json", () =>
    assert.match(
      written({ logFormat: "json" }).join(""),
      /^\{"time":"[^"]+Z","type":"log","level":"warning","message":"A\."\}\n$/,
    ));
});
