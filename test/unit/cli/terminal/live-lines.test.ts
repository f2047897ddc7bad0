import assert from "node:assert/strict";
import { clock, describeDuration } from "../../../../provider/cli/terminal/duration-text";
import { liveLines } from "../../../../provider/cli/terminal/live-lines";
import { barOf } from "../../../../provider/cli/terminal/running-line";
import { glyphsFor } from "../../../../provider/cli/terminal/theme";
import { widthOf } from "../../../../provider/cli/terminal/spans";
import type { StageRow } from "../../../../provider/cli/terminal/stage-row";

const glyphs = glyphsFor({ LANG: "C.UTF-8" });

const row = (stage: StageRow["stage"], more: Partial<StageRow> = {}): StageRow => ({
  stage,
  state: "coming",
  seconds: 0,
  fraction: undefined,
  guess: undefined,
  secondsLeft: undefined,
  overdueAfter: undefined,
  amount: "",
  ...more,
});

const buildStages: readonly StageRow[] = [
  row("fetch", { state: "finished", seconds: 12.34, amount: "1.1 GiB" }),
  row("inspect"),
  row("seed", { state: "skipped", amount: "it is there" }),
  row("install", {
    state: "running",
    seconds: 72,
    guess: 0.5,
    secondsLeft: 68,
    amount: "1.2 GiB  12 MiB/s  written to the disk",
  }),
  row("verify"),
  row("convert"),
];

interface Case {
  readonly columns?: number;
  readonly rows?: number;
  readonly stages?: readonly StageRow[];
  readonly console?: string;
  readonly isOver?: boolean;
}

function textOf(it: Case): string[] {
  const { columns = 79, rows = 23, stages = buildStages, console = "login:", isOver = false } = it;
  const picture = { rows: stages, console, seconds: 85, tick: 1, isOver };
  const lines = liveLines(picture, { columns, rows }, glyphs);
  for (const line of lines) assert.ok(widthOf(line) <= columns);
  return lines.map((line) =>
    line
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
}

describe("liveLines", () => {
  it("shows ended stages, the running stage with bar and figures, and coming stages", () => {
    assert.deepEqual(textOf({}), [
      "✓ fetch          12.3 s  1.1 GiB",
      "– seed      it is there",
      "⠙ install   ━━━━━━━━━━━━────────────  1:12  70 s left",
      "            1.2 GiB  12 MiB/s  written to the disk",
      "            login:",
      "· verify",
      "· convert",
      "  total     1:25",
    ]);
  });

  it("drops the bar first, then the remaining time and the percentage, and cuts long lines", () => {
    const stages = [
      row("fetch", { state: "running", seconds: 72, fraction: 0.5, secondsLeft: 68 }),
    ];
    const first = (columns: number): string | undefined => textOf({ columns, stages })[0];
    assert.equal(first(46), "⠙ fetch     ━━━━━─────   50 %  1:12  70 s left");
    assert.equal(first(39), "⠙ fetch      50 %  1:12  70 s left");
    assert.equal(first(27), "⠙ fetch      50 %  1:12");
    assert.equal(first(19), "⠙ fetch     1:12");
    assert.equal(first(4), "⠙ f…");
  });

  it("fits a terminal of 20 columns", () => {
    assert.deepEqual(textOf({ columns: 19 }), [
      "✓ fetch          1…",
      "– seed      it is …",
      "⠙ install   1:12",
      "  1.2 GiB  12 MiB/…",
      "  login:",
      "· verify",
      "· convert",
      "  total     1:25",
    ]);
  });

  const heights: readonly (readonly [number, readonly string[]])[] = [
    [7, ["✓ fetch", "– seed", "⠙ install", "", "", "· verify", "· convert"]],
    [6, ["✓ fetch", "– seed", "⠙ install", "", "", "· verify"]],
    [4, ["– seed", "⠙ install", "", ""]],
    [2, ["⠙ install", ""]],
    [1, ["⠙ install"]],
    [0, ["⠙ install"]],
  ];
  for (const [rows, expected] of heights) {
    it(`fits a terminal of ${rows} rows: the running stage is dropped last`, () => {
      const names = textOf({ rows }).map((line) => /^\S \w+/.exec(line)?.[0] ?? "");
      assert.deepEqual(names, expected);
    });
  }

  it("reserves rows for unknown values, so that the rows below do not move", () => {
    const stages = [row("install", { state: "running", seconds: 1 })];
    assert.deepEqual(textOf({ stages, console: "" }), ["⠙ install   0:01", "", ""]);
  });

  it("shows the time of earlier runs if a run takes longer", () => {
    const stages = [
      row("verify", { state: "running", seconds: 70, guess: 0.95, overdueAfter: 58 }),
    ];
    assert.equal(
      textOf({ stages })[0],
      "⠙ verify    ━━━━━━━━━━━━━━━━━━━━━━╸─  1:10  usually 58.0 s",
    );
  });

  it("shows only the stages that ran after the end", () => {
    const stages = [
      row("fetch", { state: "finished", seconds: 1 }),
      row("install", { state: "failed", seconds: 134 }),
      row("verify"),
    ];
    assert.deepEqual(textOf({ stages, isOver: true }), [
      "✓ fetch           1.0 s",
      "✗ install    2 min 14 s",
      "  total      1 min 25 s",
    ]);
  });

  it("does not cut wide characters in half", () => {
    const stages = [row("install", { state: "running", seconds: 1 })];
    const lines = textOf({ stages, columns: 20, console: "漢字漢字漢字漢字漢字 👩‍👩‍👧 done" });
    assert.equal(lines[2], "  漢字漢字漢字漢字…");
  });
});

describe("barOf", () => {
  const bars: readonly (readonly [number | undefined, number, string])[] = [
    [undefined, 30, ""],
    [0.5, 7, ""],
    [0, 8, "────────"],
    [0.33, 9, "━━╸──────"],
    [1, 8, "━━━━━━━━"],
    [1, 100, "━━━━━━━━━━━━━━━━━━━━━━━━"],
  ];
  for (const [fraction, room, expected] of bars) {
    it(`draws ${fraction} in ${room} columns`, () => {
      const text = barOf(fraction, room, glyphs).map((span) => span.text);
      assert.equal(text.join(""), expected);
    });
  }
});

describe("durations", () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [0, "0:00", "0.0 s"],
    [7.44, "0:07", "7.4 s"],
    [59.96, "0:59", "1 min 0 s"],
    [134, "2:14", "2 min 14 s"],
    [3723, "1:02:03", "1 h 2 min"],
  ];
  for (const [seconds, running, over] of cases) {
    it(`describe ${seconds} seconds as ${running} and ${over}`, () =>
      assert.deepEqual([clock(seconds), describeDuration(seconds)], [running, over]));
  }
});
