import assert from "node:assert/strict";
import {
  isKernelLine,
  newsFilter,
  progressIn,
  shapeOf,
} from "../../../../provider/agent/machine/news";

/** How many of the lines are news, of all but the first. */
const newsIn = (lines: readonly string[]): number => {
  const filter = newsFilter();
  return lines.map(filter.isNews).slice(1).filter(Boolean).length;
};

const count = (lines: number, line: (n: number) => string): string[] =>
  Array.from({ length: lines }, (_, n) => line(n));
const two = (n: number): string => String(n % 60).padStart(2, "0");

describe("newsFilter does not take for news", () => {
  const noise: readonly (readonly [string, readonly string[]])[] = [
    ["a clock", count(90, (n) => `12:${two(n / 60)}:${two(n)}`)],
    ["a clock with seconds behind a point", count(90, (n) => `Uptime 1${n}.2${n}`)],
    ["a date", count(9, (n) => `Sun Nov 29 06:1${n}:30 UTC 2026`)],
    ["a clock with AM and PM", ["11:59 AM", "12:00 PM", "1:00 PM"]],
    [
      "systemd's start job",
      count(
        120,
        (n) =>
          `[${"*".repeat((n % 3) + 1).padStart((n % 6) + 1)}    ] A start job is running for dev-disk (${n}s / no limit)`,
      ),
    ],
    [
      "a start job with a limit",
      count(59, (n) => `[ *** ] A start job is running for Network (1min ${n}s / 5min)`),
    ],
    ["a spinner", ["Waiting... |", "Waiting... /", "Waiting... -", "Waiting... \\"]],
    ["a spinner of Braille", ["⠋ Waiting", "⠙ Waiting", "⠹ Waiting"]],
    ["dots that become more", count(40, (n) => `Waiting for the network${".".repeat(n)}`)],
    [
      "a bar without a number",
      count(30, (n) => `Working [${"=".repeat(n)}>${" ".repeat(30 - n)}]`),
    ],
    ["attempts", count(60, (n) => `Waiting for user-data, attempt ${n}`)],
    ["seconds", count(60, (n) => `still waiting (${n} s)`)],
    ["minutes and seconds", count(60, (n) => `elapsed: 5 minutes and ${n} seconds`)],
    ["a heartbeat with a time stamp", count(60, (n) => `2026-11-29T06:${two(n)}:11Z agent: alive`)],
    [
      "lease offers",
      count(9, (n) => `DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval ${n}`),
    ],
    [
      "restarts of a service",
      count(9, (n) => `foo.service: Scheduled restart job, restart counter is at ${n}.`),
    ],
    ["a line of blanks and frames", [" ", "---", "+-----+", "|     |", "═════"]],
    ["the same percentage", ["copying 7 %", "copying 7 %", "copying 7 %"]],
    ["a percentage that falls", ["cpu 9 %", "cpu 8 %", "cpu 3 %"]],
    ["addresses", ["got 0xffff9e21", "got 0xabc01234", "got 52:54:00:aa:0b:01"]],
    [
      "the clock of a kernel",
      [
        "x",
        "[   12.345678] clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable",
        "[   99.000001] clocksource: Switched to clocksource hpet",
        "[  100.123456] random: crng init done",
        "[  200.123456] hrtimer: interrupt took 4211 ns",
        '[  300.123456] audit: type=1400 audit(1.2:3): apparmor="STATUS"',
        "[  400.123456] watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [kworker/0:1:12]",
        "[  500.123456][  T12] INFO: task mount:123 blocked for more than 120 seconds.",
        "<4>[  600.123456] perf: interrupt took too long (2500 > 2500)",
      ],
    ],
  ];
  for (const [what, lines] of noise) {
    it(what, () => assert.equal(newsIn(lines), 0, lines.slice(0, 3).map(shapeOf).join(" | ")));
  }
});

describe("newsFilter takes for news", () => {
  const news: readonly (readonly [string, readonly string[]])[] = [
    ["other text", ["Partitioning /dev/vda", "Formatting /dev/vda1", "Copying the system"]],
    ["a percentage that grows", count(40, (n) => `copying: ${n} %`)],
    ["a percentage with a fraction", ["copy 1.5%", "copy 2.5%", "copy 3,5%"]],
    ["a count that grows", count(20, (n) => `Retrieving file ${n} of 20`)],
    ["a count with a stroke", count(20, (n) => `[${n}/20] Unpacking`)],
    ["a size that grows", ["12 MB received", "900 MB received", "1.2 GiB received"]],
    ["a program's line in the kernel's log", ["x", "[   12.345678] systemd[1]: Started Foo."]],
    ["text of other scripts", ["Установка", "インストール", "设置"]],
  ];
  for (const [what, lines] of news) {
    it(what, () => assert.equal(newsIn(lines), lines.length - 1, lines.map(shapeOf).join(" | ")));
  }

  it("the first line", () => assert.equal(newsFilter().isNews("Started"), true));
});

describe("progressIn", () => {
  for (const [text, progress] of [
    ["no number", -1],
    ["7", -1],
    ["7%", 7],
    ["100 %", 100],
    ["250 %", -1],
    ["3 of 12", 3],
    ["12 of 3", -1],
    ["29/11/2026", -1],
    ["(59s / 1min 30s)", -1],
    ["eth0 of 2 KB", 2048],
  ] as const) {
    it(`of "${text}" is ${progress}`, () => assert.equal(progressIn(text), progress));
  }
});

describe("progressIn a long line", () => {
  // With a pattern that tries parts of a line again, these tests do not end.
  const length = 200_000;
  for (const part of ["1%", " ", "1", "1.", "1,1", "1 ", "1/", "1 of "]) {
    it(`with "${part}" again and again`, () => {
      assert.equal(progressIn(`7% ${part.repeat(length)}x`) >= 1, true);
      assert.equal(newsFilter().isNews(`word ${part.repeat(length)}x`), true);
    });
  }
});

describe("isKernelLine", () => {
  for (const [line, isKernel] of [
    ["[    0.000000] Linux version 6.1.0", true],
    ["[  123.456789] systemd[1]: Started Foo.", false],
    ["[  123.456789] kairos-agent[812]: no configuration", false],
    ["[  OK  ] Started Foo.", false],
    ["[12/20] Unpacking", false],
  ] as const) {
    it(`is ${isKernel} for ${line}`, () => assert.equal(isKernelLine(line), isKernel));
  }
});
