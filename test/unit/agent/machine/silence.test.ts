import assert from "node:assert/strict";
import type { LastWords } from "../../../../provider/agent/machine/last-words";
import {
  silenceJudge,
  type Sample,
  type SilenceLimits,
} from "../../../../provider/agent/machine/silence";

const MiB = 1024 * 1024;
const limits: SilenceLimits = { stallSeconds: 360, waitSeconds: 20 };
const silent: Omit<Sample, "at"> = {
  readBytes: 0,
  writtenBytes: 0,
  consoleBytes: 0,
  consoleNews: 0,
  screenNews: 0,
  screenChanges: 0,
  isGoingDown: false,
  consoleWords: undefined,
  screenWords: undefined,
};
const question: LastWords = { wait: "answer", line: "Continue? [y/N]" };
const fullDisk: LastWords = { wait: "full disk", line: "No space left on device" };
const refusal: LastWords = { wait: "refusal", line: "No users found" };

/** The second at which the run ends, and how, if a sample is taken each two seconds. */
function judged(
  at: (seconds: number) => Partial<Sample>,
  own: Partial<SilenceLimits> = {},
): readonly [number, string] | undefined {
  const judge = silenceJudge({ ...limits, ...own });
  for (let seconds = 0; seconds < 3000; seconds += 2) {
    const outcome = judge({ ...silent, ...at(seconds), at: seconds });
    if (outcome !== undefined) return [seconds, outcome.kind];
  }
  return undefined;
}

describe("silenceJudge", () => {
  const rows: readonly (readonly [
    string,
    (seconds: number) => Partial<Sample>,
    readonly [number, string] | undefined,
    Partial<SilenceLimits>?,
  ])[] = [
    ["ends a silent run at the limit", () => ({}), [360, "stalled"]],
    [
      "ends a run whose console only repeats itself",
      (s) => ({ consoleBytes: s }),
      [360, "stalled"],
    ],
    ["never ends a run that reads", (s) => ({ readBytes: s }), undefined],
    ["never ends a run that writes", (s) => ({ writtenBytes: s }), undefined],
    ["never ends a run with news on its console", (s) => ({ consoleNews: s }), undefined],
    ["never ends a run with news on its screen", (s) => ({ screenNews: s }), undefined],
    ["counts from the last news", (s) => ({ consoleNews: Math.min(s, 100) }), [460, "stalled"]],
    ["ends a run that asks a question", () => ({ consoleWords: question }), [20, "waiting"]],
    ["ends a run that asks on its screen", () => ({ screenWords: question }), [20, "waiting"]],
    [
      "ends a run that asks a question while a clock goes on",
      (s) => ({ consoleWords: question, consoleBytes: s }),
      [20, "waiting"],
    ],
    [
      "forgets a question that was followed by other text",
      (s) => (s < 10 ? { consoleWords: question } : { consoleNews: 1 }),
      [370, "stalled"],
    ],
    [
      "forgets a question that was followed by traffic",
      (s) => ({ consoleWords: question, readBytes: Math.min(s, 40) * MiB }),
      [400, "stalled"],
    ],
    [
      "keeps a question although some programs were loaded after it",
      (s) => ({ consoleWords: question, readBytes: Math.min(s, 6) * MiB }),
      [26, "waiting"],
    ],
    [
      "keeps a refusal although services were started after it",
      (s) => ({ consoleWords: refusal, readBytes: Math.min(s, 40) * MiB }),
      [60, "waiting"],
    ],
    [
      "forgets a refusal if the disk was written after it",
      (s) => ({ consoleWords: refusal, writtenBytes: Math.min(s, 40) * MiB }),
      [400, "stalled"],
    ],
    [
      "never waits longer than the limit of a stall",
      () => ({ consoleWords: question }),
      [10, "waiting"],
      { stallSeconds: 10 },
    ],
    [
      "ends a machine that wrote nothing at the limit for the boot",
      () => ({}),
      [90, "no boot activity"],
      { noBootActivitySeconds: 90 },
    ],
    [
      "does not take a machine for dead whose console repeats itself",
      (s) => ({ consoleBytes: s }),
      [360, "stalled"],
      { noBootActivitySeconds: 90 },
    ],
    [
      "does not take a machine for dead whose screen repeats itself",
      (s) => ({ screenChanges: s }),
      [360, "stalled"],
      { noBootActivitySeconds: 90 },
    ],
    [
      "ends a run whose screen only repeats itself",
      (s) => ({ screenChanges: s, consoleBytes: s }),
      [360, "stalled"],
    ],
    [
      "forgets words of the console after which the screen has news",
      (s) => ({ consoleWords: question, screenNews: Math.min(s, 40) }),
      [400, "stalled"],
    ],
    [
      "forgets words of the screen after which the console has news",
      (s) => ({ screenWords: question, consoleNews: Math.min(s, 40) }),
      [400, "stalled"],
    ],
    [
      "keeps a question if the screen was looked at a little later",
      (s) => ({ consoleWords: question, screenNews: s < 10 ? 0 : 1 }),
      [30, "waiting"],
    ],
    [
      "keeps a refusal although services say on the other output that they start",
      (s) => ({ screenWords: refusal, consoleNews: Math.min(s, 40) }),
      [60, "waiting"],
    ],
    [
      "waits longer than a power-off takes after a full disk",
      () => ({ consoleWords: fullDisk }),
      [100, "waiting"],
    ],
    [
      "names no refusal while the machine is going down",
      () => ({ screenWords: refusal, isGoingDown: true }),
      [360, "stalled"],
    ],
    [
      "names no full disk while the machine is going down",
      () => ({ consoleWords: fullDisk, isGoingDown: true }),
      [360, "stalled"],
    ],
    [
      "uses the limit of a stall once the machine has written",
      () => ({ writtenBytes: 1 }),
      [360, "stalled"],
      { noBootActivitySeconds: 90 },
    ],
    [
      "names a question before the limit for the boot",
      () => ({ screenWords: question }),
      [20, "waiting"],
      { noBootActivitySeconds: 90 },
    ],
  ];
  for (const [rule, at, end, own] of rows) {
    it(rule, () => assert.deepEqual(judged(at, own), end));
  }
});
