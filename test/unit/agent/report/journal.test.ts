import assert from "node:assert/strict";
import { openJournal } from "../../../../provider/agent/report/journal";

const clock = () => {
  let milliseconds = 1000;
  return { now: () => milliseconds, pass: (seconds: number) => (milliseconds += seconds * 1000) };
};

describe("The journal", () => {
  it("lists stages in the order of their start, with time, bytes and detail", () => {
    const { now, pass } = clock();
    const { add: hear, describeStage: about, stages } = openJournal(now);
    hear({ type: "stage", stage: "fetch", state: "started" });
    hear({ type: "progress", stage: "fetch", done: 10, unit: "bytes" });
    pass(2);
    hear({ type: "progress", stage: "fetch", done: 30, unit: "bytes" });
    hear({ type: "stage", stage: "fetch", state: "finished", seconds: 2 });
    hear({ type: "stage", stage: "install", state: "skipped", detail: "it is in the cache" });
    pass(1);
    hear({ type: "stage", stage: "convert", state: "started" });
    about("qcow2");
    hear({ type: "progress", stage: "convert", done: 50, total: 100, unit: "percent" });
    pass(4);
    hear({ type: "stage", stage: "convert", state: "finished", seconds: 4 });
    assert.deepEqual(stages(), [
      { stage: "fetch", state: "finished", start: 0, seconds: 2, bytes: 30 },
      { stage: "install", state: "skipped", start: 2, seconds: 0, detail: "it is in the cache" },
      { stage: "convert", state: "finished", start: 3, seconds: 4, detail: "qcow2" },
    ]);
  });

  it("says of a stage without an end that it failed", () => {
    const { now, pass } = clock();
    const { add: hear, stages } = openJournal(now);
    hear({ type: "stage", stage: "install", state: "started" });
    pass(7);
    assert.deepEqual(stages(), [{ stage: "install", state: "failed", start: 0, seconds: 7 }]);
  });

  it("ignores progress outside of a running stage", () => {
    const { add: hear, stages } = openJournal();
    hear({ type: "progress", stage: "verify", done: 1, total: 2, unit: "bytes" });
    assert.deepEqual(stages(), []);
  });

  it("has a limited size", () => {
    const { add: hear, stages, messages } = openJournal();
    for (let index = 0; index < 5000; index += 1) {
      hear({ type: "log", level: "info", message: "x".repeat(5000) });
      hear({ type: "console", line: "y".repeat(5000) });
      hear({ type: "stage", stage: "publish", state: "skipped" });
    }
    assert.equal(messages().length, 300);
    assert.ok(messages().every(({ message }) => message.length === 2000));
    assert.equal(stages().length, 200);
  });

  it("keeps the notes of stages, later ones in place of earlier ones", () => {
    const { addNotes: note, notes } = openJournal();
    const installer = { kind: "kairos", volumeLabel: "A", sizeBytes: 1 } as const;
    note({ installer });
    note({ installer: { ...installer, volumeLabel: "B" } });
    note({ disk: { table: "gpt", partitions: [] } });
    assert.deepEqual(notes(), {
      installer: { ...installer, volumeLabel: "B" },
      disk: { table: "gpt", partitions: [] },
    });
  });
});
