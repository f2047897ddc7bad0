import assert from "node:assert/strict";
import {
  describeSeconds,
  rateMeter,
  type ProgressRate,
} from "../../../provider/plan/progress-rate";
import { GiB, MiB } from "../../../provider/base/size";

interface Point {
  readonly second: number;
  readonly done: number;
}

/** The meter's reading at each point. */
function paces(points: readonly Point[], more: object = {}): ProgressRate[] {
  let second = 0;
  const measure = rateMeter(() => second * 1000);
  return points.map((point) => {
    second = point.second;
    return measure({
      type: "progress",
      stage: "publish",
      unit: "bytes",
      total: GiB,
      done: point.done,
      ...more,
    });
  });
}

/** A constant rate in bytes per second, measured ten times a second. */
const steady = (rate: number, seconds: number): Point[] =>
  Array.from({ length: seconds * 10 }, (_, index) => ({
    second: index / 10,
    done: (index / 10) * rate,
  }));

describe("rateMeter", () => {
  it("knows no rate after one event", () => {
    assert.deepEqual(paces([{ second: 0, done: 5 }]), [{}]);
  });

  it("knows the rate after one second, and the time left after five", () => {
    const points = [0, 1, 5].map((second) => ({ second, done: second * MiB }));
    assert.deepEqual(paces(points), [
      {},
      { bytesPerSecond: MiB },
      { bytesPerSecond: MiB, secondsLeft: 1019 },
    ]);
  });

  it("knows the time left for percentages, which have no rate", () => {
    const points = [0, 10].map((second) => ({ second, done: second }));
    assert.deepEqual(paces(points, { unit: "percent", total: undefined }), [
      {},
      { secondsLeft: 90 },
    ]);
  });

  it("makes no estimate without a total", () => {
    const points = [0, 10].map((second) => ({ second, done: second * 100 }));
    assert.deepEqual(paces(points, { total: undefined }), [{}, { bytesPerSecond: 100 }]);
  });

  it("starts again when the amount decreases", () => {
    const points = [
      { second: 0, done: 0 },
      { second: 10, done: 100 },
      { second: 11, done: 50 },
    ];
    assert.deepEqual(paces(points).at(-1), {});
  });

  it("follows the rate within ten seconds, and tolerates a pause of five", () => {
    const points = steady(MiB, 60);
    const pause = { second: 65, done: points.at(-1)?.done ?? 0 };
    const slower = { second: 75, done: pause.done + 5 * MiB };
    const [before, paused, after] = paces([...points, pause, slower]).slice(-3);
    assert.ok(Math.abs((before?.bytesPerSecond ?? 0) / MiB - 1) < 0.02);
    assert.ok(Math.abs((paused?.secondsLeft ?? 0) / (before?.secondsLeft ?? 0) - 1) < 0.15);
    assert.ok(Math.abs((after?.bytesPerSecond ?? 0) / MiB - 0.5) < 0.02);
  });

  it("counts down steadily while uploads come in parts of 64 MiB", () => {
    const points = Array.from({ length: 16 }, (_, part) => ({
      second: part * 6,
      done: part * 64 * MiB,
    }));
    const left = paces(points).flatMap(({ secondsLeft }) => secondsLeft ?? []);
    assert.deepEqual(
      left.map(Math.round),
      Array.from({ length: 15 }, (_, index) => 90 - index * 6),
    );
  });
});

describe("describeSeconds", () => {
  const table: readonly (readonly [number, string])[] = [
    [0, "10 s"],
    [31, "40 s"],
    [90, "90 s"],
    [100, "2 min"],
    [3600, "60 min"],
    [5390, "1 h 30 min"],
    [7170, "2 h 0 min"],
  ];
  for (const [seconds, text] of table) {
    it(`rounds ${seconds} to ${text}`, () => assert.equal(describeSeconds(seconds), text));
  }
});
