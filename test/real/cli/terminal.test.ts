import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentEvent } from "../../../provider/plan/events";
import { MiB } from "../../../provider/base/size";
import { inTerminal, type TerminalRun } from "../../terminal/in-terminal";

const player = join(__dirname, "..", "..", "terminal", "play.ts");

type Step = AgentEvent | number;

const stage = (name: "fetch" | "install" | "verify", state: "started" | "finished"): Step => ({
  type: "stage",
  stage: name,
  state,
  ...(state === "finished" ? { seconds: 1.5 } : { expectedSeconds: 58 }),
});
const consoleLine = (line: string): Step => ({ type: "console", line });
const warns = (message: string): Step => ({ type: "log", level: "warning", message });
const written = (MiBs: number): Step => ({
  type: "progress",
  stage: "install",
  unit: "bytes",
  done: MiBs * MiB,
  what: "written to the disk",
});

/** Milliseconds; long enough to interact with the program. */
const longPause = 4000;

const building: readonly Step[] = [
  stage("fetch", "started"),
  stage("fetch", "finished"),
  stage("install", "started"),
  written(128),
  warns("This is known."),
  consoleLine(
    "[    1.234567] systemd[1]: Started the installer, and this line is longer than the terminal",
  ),
  longPause,
  stage("install", "finished"),
];

const hidesCursor = "\u001b[?25l";
const showsCursor = "\u001b[?25h";

describe("progress in a terminal", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-tty-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  interface TerminalSize {
    readonly columns?: number;
    readonly rows?: number;
    readonly env?: Readonly<Record<string, string>>;
  }

  async function play(steps: readonly Step[], size: TerminalSize = {}, ...more: string[]) {
    const { columns = 80, rows = 24, env = {} } = size;
    const file = join(folder, "events");
    await writeFile(file, steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
    const node = [process.execPath, "--require", "ts-node/register/transpile-only"];
    const cwd = join(__dirname, "..", "..", "..");
    return inTerminal([...node, player, file, ...more], { columns, rows, cwd, env });
  }

  /** Waits until the screen shows the console line of the install. */
  const untilConsoleLine = (run: TerminalRun) =>
    run.until((lines) => lines.some((line) => line.includes("1.234567")));

  /** Replaces everything that depends on time. */
  const still = (lines: readonly string[]): string[] =>
    lines.map((line) =>
      line
        .replace(/\d:\d\d/, "0:00")
        .replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "⠋")
        .replace(/[━╸─]{8,}/, "━━")
        .replace(/(\d+ s left|\d+\.\d s)$/, "N s"),
    );

  it("shows all stages, the last line of the console, and warnings above", async () => {
    const run = await play(building);
    await untilConsoleLine(run);
    assert.deepEqual(still(run.screen.lines()), [
      "warning: This is known.",
      "✓ fetch           N s",
      "⠋ install   ━━  0:00  60 s left".replace("60 s left", "N s"),
      "            128 MiB  written to the disk",
      "            [  1.234567] systemd[1]: Started the installer, and this line is l…",
      "· inspect".replace("inspect", "verify"),
      "· convert",
      "· publish",
      "  total     0:00",
    ]);
    assert.ok(!run.screen.isCursorVisible());
    assert.equal(await run.ended, 0);
  });

  it("shows the stages that ran, the cursor and wrapped rows at the end", async () => {
    const run = await play(building);
    assert.equal(await run.ended, 0);
    assert.deepEqual(still(run.screen.lines()), [
      "warning: This is known.",
      "✓ fetch           N s",
      "✓ install         1.5 s  128 MiB",
      "  total           N s",
      "the end",
    ]);
    assert.ok(run.screen.isCursorVisible());
    assert.ok(run.screen.wraps());
  });

  it("draws about eight frames a second, each in one write", async () => {
    const run = await play([stage("install", "started"), 4000]);
    await run.ended;
    const frames = run.raw().split("\u001b[?2026h").length - 1;
    assert.ok(frames >= 20 && frames <= 4 * 8 + 4, `${frames} frames`);
    // No frame begins before the last one has ended.
    assert.doesNotMatch(run.raw(), /\?2026h(?:(?!\?2026l)[^])*\?2026h/);
  });

  for (const [columns, expected] of [
    [40, ["⠋ install   ━━  0:00  N s", " 128 MiB  written to the disk"]],
    [20, ["⠋ install   0:00", " 128 MiB  written…"]],
  ] as const) {
    it(`fits ${columns} columns, at the start and after a change of size`, async () => {
      for (const from of [columns, 80, 132]) {
        const run = await play(building, { columns: from });
        await untilConsoleLine(run);
        if (from !== columns) await run.resize(columns, 24);
        await run.until((lines) => lines.some((line) => line.endsWith("…")));
        await delay(400);
        const lines = still(run.screen.lines());
        const frame = lines.slice(lines.findIndex((line) => line.startsWith("✓ fetch")));
        assert.deepEqual(
          frame.slice(1, 3).map((line) => line.replace(/^ +/, " ")),
          expected,
        );
        assert.deepEqual(frame.slice(4), [
          "· verify",
          "· convert",
          "· publish",
          "  total     0:00",
        ]);
        assert.equal(frame.length, 8);
        // No row of the wider frame is left.
        for (const name of ["fetch", "install", "verify", "total"]) {
          assert.equal(
            lines.filter((line) => line.includes(` ${name} `) || line.endsWith(` ${name}`)).length,
            1,
            name,
          );
        }
        assert.equal(await run.ended, 0);
      }
    });
  }

  it("redraws correctly through many changes of size", async () => {
    const run = await play(building, { columns: 100 });
    await untilConsoleLine(run);
    for (const columns of [90, 61, 44, 30, 21, 35, 58, 80]) {
      await run.resize(columns, 24);
      await delay(200);
    }
    await delay(300);
    assert.equal(still(run.screen.lines()).length, 9, run.screen.lines().join("\n"));
    assert.equal(await run.ended, 0);
  });

  it("fits a terminal of five rows", async () => {
    const run = await play(building, { rows: 5 });
    await untilConsoleLine(run);
    const starts = still(run.screen.lines()).map((line) => line.slice(0, 9).trimEnd());
    assert.deepEqual(starts, ["warning:", "✓ fetch", "⠋ install", "", ""]);
    await run.ended;
  });

  it("shows guest output without control characters", async () => {
    const controlCharacters = [
      "\u001b[2J\u001b[H\u001b[?1049h\u001b]0;title\u0007gone",
      "\u001b[31mred\u001b[5A\rup\n\n\ndown\u0007\u0008\u0008",
      "漢字".repeat(60),
      "👩‍👩‍👧‍👦🇩🇪👍🏽".repeat(30),
      "e\u0301\u0301\u0301\u200b\u202e\u2066".repeat(90),
      "x".repeat(5000),
      "\u009b2J\u0090q\u009c\ud800",
    ];
    for (const columns of [80, 40, 20]) {
      const steps = [
        stage("install", "started"),
        ...controlCharacters.flatMap((line) => [consoleLine(line), 300]),
      ];
      const run = await play([...steps, warns("last"), longPause / 4], { columns });
      await run.until((lines) => lines.includes("warning: last"));
      const lines = still(run.screen.lines());
      assert.equal(lines[0], "warning: last");
      assert.equal(lines.length, 8, lines.join("\n"));
      assert.ok(lines[1]?.startsWith("⠋ install"));
      assert.equal(run.screen.terminal.buffer.active.type, "normal");
      assert.equal(await run.ended, 0);
      assert.deepEqual(
        run.screen.lines().map((line) => line.split(" ")[0]),
        ["warning:", "✓", "", "the"],
      );
    }
  });

  it("writes each console line above the stages with --verbose", async () => {
    const lines = Array.from({ length: 50 }, (_, at) => `line ${at}`);
    const command: Step = { type: "command", command: "qemu-img create a" };
    const steps = [stage("install", "started"), command, ...lines.map(consoleLine), 500];
    const run = await play(steps, {}, "--verbose");
    await run.ended;
    assert.deepEqual(run.screen.lines().slice(0, 51), ["$ qemu-img create a", ...lines]);
    assert.equal(run.screen.lines().length, 54);
  });

  it("uses no colours with NO_COLOR, and ASCII glyphs without UTF-8", async () => {
    const run = await play(building, { env: { NO_COLOR: "1", LC_ALL: "C" } });
    await run.ended;
    assert.ok(!run.raw().includes("\u001b[32m"));
    assert.ok(!run.raw().includes("\u001b[2m"));
    assert.match(run.screen.lines().join("\n"), /^\+ install {9}1\.5 s {2}128 MiB$/m);
    const colored = await play(building);
    await colored.ended;
    assert.ok(colored.raw().includes("\u001b[32m✓"));
  });

  for (const env of [{ TERM: "dumb" }, { CI: "true" }]) {
    it(`writes plain lines with ${JSON.stringify(env)}`, async () => {
      const run = await play([stage("fetch", "started"), stage("fetch", "finished")], { env });
      await run.ended;
      assert.equal(
        run.raw(),
        "fetch: started; earlier runs took 58.0 s\r\nfetch: finished in 1.5 s\r\nthe end\r\n",
      );
    });
  }

  it("shows the cursor while it is stopped by Ctrl-Z, and draws again when it continues", async () => {
    const run = await play([stage("install", "started"), consoleLine("1.234567"), longPause]);
    await untilConsoleLine(run);
    run.type("\u001a");
    await delay(500);
    const before = run.raw();
    await run.resume();
    // Output from before the stop may arrive only now.
    const hidden = before.indexOf(hidesCursor);
    await run.until(() => run.raw().lastIndexOf(hidesCursor) > hidden);
    const shown = run.raw().indexOf(showsCursor);
    assert.ok(hidden < shown && shown < run.raw().lastIndexOf(hidesCursor));
    assert.equal(await run.ended, 0);
    assert.ok(run.screen.isCursorVisible());
  });

  it("shows the cursor again however the program ends", async () => {
    const run = await play([stage("install", "started"), 2, { type: "log" } as unknown as Step]);
    assert.notEqual(await run.ended, 0);
    assert.ok(run.screen.isCursorVisible());
    assert.ok(run.raw().includes(hidesCursor));
  });
});
