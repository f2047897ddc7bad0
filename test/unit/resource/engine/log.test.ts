import assert from "node:assert/strict";
import { mock } from "node:test";
import { statusPace, type StatusPace } from "../../../../provider/resource/engine/log";

describe("statusPace", () => {
  let clock: number;
  let shown: string[];
  let pace: StatusPace;

  const begin = (place: "terminal" | "log"): void => {
    pace = statusPace(
      place,
      (message) => shown.push(message),
      () => clock,
    );
  };
  /** A console that says a line each second, for so many minutes. */
  const chatter = (minutes: number): void => {
    for (let second = 0; second < minutes * 60; second++) {
      pace.show(`line ${second}`);
      clock += 1000;
      mock.timers.tick(1000);
    }
  };

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    clock = 0;
    shown = [];
  });
  afterEach(() => mock.timers.reset());

  it("shows the first status at once", () => {
    begin("log");
    pace.show("one");
    assert.deepEqual(shown, ["one"]);
  });

  it("shows the newest of those that came too soon, as soon as it may", () => {
    begin("terminal");
    for (const message of ["one", "two", "three"]) pace.show(message);
    assert.deepEqual(shown, ["one"]);
    mock.timers.tick(2000);
    assert.deepEqual(shown, ["one", "three"]);
  });

  it("shows the beginning of something else at once, and not the status that waited", () => {
    begin("log");
    pace.show("one");
    pace.show("two");
    pace.begin("verifying");
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one", "verifying"]);
  });

  it("shows no status twice in a row", () => {
    begin("terminal");
    pace.show("one");
    pace.show("one");
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one"]);
  });

  it("shows what waits at the end, and nothing after", () => {
    begin("log");
    pace.show("one");
    pace.show("two");
    pace.end();
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one", "two"]);
  });

  it("gives a log some eighty statuses of a build of 40 minutes that says a line each second", () => {
    begin("log");
    chatter(40);
    assert.ok(shown.length > 40 && shown.length < 90, String(shown.length));
  });

  it("gives a terminal one every other second at first, and some hundred in 40 minutes", () => {
    begin("terminal");
    chatter(1);
    assert.ok(shown.length >= 29, String(shown.length));
    chatter(39);
    assert.ok(shown.length < 400, String(shown.length));
  });
});
