import assert from "node:assert/strict";
import type { StageRow } from "../../../../provider/cli/terminal/stage-row";
import { stageRows } from "../../../../provider/cli/terminal/stage-rows";
import type { ProgressEvent, StageEvent } from "../../../../provider/cli/terminal/progress-text";
import type { StageName } from "../../../../provider/plan/events";
import { MiB } from "../../../../provider/base/size";

type Timed = readonly [seconds: number, event: StageEvent | ProgressEvent];

const stage = (name: StageName, state: StageEvent["state"], more = {}): StageEvent => ({
  type: "stage",
  stage: name,
  state,
  ...more,
});
const percent = (done: number, what: string): ProgressEvent => ({
  type: "progress",
  stage: "convert",
  unit: "percent",
  done,
  what,
});
const bytes = (name: StageName, done: number, more = {}): ProgressEvent => ({
  type: "progress",
  stage: name,
  unit: "bytes",
  done: done * MiB,
  ...more,
});

/** The rows after all events, at the given second. */
function rowsAt(events: readonly Timed[], at: number, end?: "finished" | "failed") {
  let seconds = 0;
  const rows = stageRows(() => seconds * 1000);
  rows.expect(["fetch", "install", "convert", "publish"]);
  for (const [time, event] of events) {
    seconds = time;
    rows.follow(event);
  }
  seconds = at;
  if (end !== undefined) rows.end(end);
  return new Map<StageName, StageRow>(rows.rows().map((row) => [row.stage, row]));
}

describe("stageRows", () => {
  it("lists expected stages in the order of a build, and inserts unexpected ones", () => {
    const rows = rowsAt([[0, stage("verify", "started")]], 1);
    assert.deepEqual(
      [...rows].map(([name, { state }]) => `${name} ${state}`),
      ["fetch coming", "install coming", "verify running", "convert coming", "publish coming"],
    );
  });

  it("shows bytes, rate and remaining time from the progress of the stage", () => {
    const events = Array.from({ length: 11 }, (_, at): Timed => [
      at,
      bytes("fetch", at * 2, { total: 40 * MiB }),
    ]);
    const row = rowsAt([[0, stage("fetch", "started")], ...events], 10).get("fetch");
    assert.ok(row);
    assert.equal(row.amount, "20 MiB of 40 MiB  2 MiB/s");
    assert.deepEqual([row.fraction, row.secondsLeft, row.seconds], [0.5, 10, 10]);
  });

  it("estimates a stage of unknown length from earlier runs, and reports when it takes longer", () => {
    const started: Timed = [0, stage("install", "started", { expectedSeconds: 60 })];
    const written: Timed = [1, bytes("install", 3, { what: "written to the disk" })];
    const row = (at: number) => rowsAt([started, written], at).get("install");
    assert.deepEqual([row(15)?.guess, row(15)?.secondsLeft], [0.25, 45]);
    assert.equal(row(15)?.fraction, undefined);
    assert.equal(row(15)?.amount, "3 MiB  written to the disk");
    assert.deepEqual([row(59)?.guess, row(59)?.secondsLeft], [0.95, 1]);
    assert.deepEqual(
      [row(61)?.guess, row(61)?.secondsLeft, row(61)?.overdueAfter],
      [0.95, undefined, 60],
    );
  });

  it("adds up the runs of a stage for each format, and lists the formats", () => {
    const events: readonly Timed[] = [
      [0, stage("convert", "started")],
      [0, bytes("convert", 5, { what: "content digest" })],
      [1, percent(50, "qcow2")],
      [3, stage("convert", "finished", { seconds: 3 })],
      [3, stage("publish", "started")],
      [5, stage("publish", "finished", { seconds: 2 })],
      [5, stage("convert", "started")],
      [6, percent(10, "vmdk")],
    ];
    const running = rowsAt(events, 9).get("convert");
    assert.deepEqual([running?.state, running?.seconds, running?.amount], ["running", 7, "vmdk"]);
    const over = rowsAt([...events, [10, stage("convert", "finished", { seconds: 5 })]], 10);
    assert.deepEqual(over.get("convert")?.amount, "qcow2, vmdk");
    assert.deepEqual(over.get("convert")?.seconds, 8);
    assert.deepEqual(over.get("publish")?.state, "finished");
  });

  it("shows a stage that runs during another one", () => {
    const rows = rowsAt(
      [
        [0, stage("convert", "started")],
        [1, stage("fetch", "started")],
        [2, stage("fetch", "finished", { seconds: 1 })],
      ],
      3,
    );
    assert.deepEqual(
      [rows.get("convert")?.state, rows.get("fetch")?.state],
      ["running", "finished"],
    );
  });

  it("ends a stage without a start event when the next stage starts", () => {
    const rows = rowsAt(
      [
        [0, stage("verify", "skipped", { detail: "switched off" })],
        [1, bytes("verify", 1, { total: 9 * MiB, what: "content digest" })],
        [4, stage("convert", "started")],
      ],
      9,
    );
    assert.deepEqual([rows.get("verify")?.state, rows.get("verify")?.seconds], ["finished", 3]);
  });

  it("marks only the running stage as failed when a build fails", () => {
    const events: readonly Timed[] = [
      [0, stage("fetch", "started")],
      [1, bytes("fetch", 5)],
      [2, stage("fetch", "finished", { seconds: 2 })],
      [2, stage("install", "started")],
    ];
    const rows = rowsAt(events, 7, "failed");
    assert.deepEqual(
      [...rows.values()].map(({ state, seconds }) => `${state} ${seconds}`),
      ["finished 2", "failed 5", "coming 0", "coming 0"],
    );
    assert.equal(rows.get("fetch")?.amount, "5 MiB");
  });

  it("removes control characters of guests and paths", () => {
    const detail = "raw /images/\u001b[2Ja\nb";
    assert.equal(
      rowsAt([[0, stage("convert", "started", { detail })]], 1).get("convert")?.amount,
      "raw /images/a b",
    );
  });
});
