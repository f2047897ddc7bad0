import assert from "node:assert/strict";
import { mock } from "node:test";
import {
  throttleStatus,
  type StatusThrottle,
} from "../../../../provider/resource/engine/throttle-status";

describe("throttleStatus", () => {
  let clock: number;
  let shown: string[];
  let throttle: StatusThrottle;

  const begin = (output: "terminal" | "log"): void => {
    throttle = throttleStatus(
      output,
      (message) => shown.push(message),
      () => clock,
    );
  };
  /** Shows a console line each second. */
  const showEachSecond = (minutes: number): void => {
    for (let second = 0; second < minutes * 60; second++) {
      throttle.show(`line ${second}`);
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
    throttle.show("one");
    assert.deepEqual(shown, ["one"]);
  });

  it("shows the newest of several early statuses after the interval", () => {
    begin("terminal");
    for (const message of ["one", "two", "three"]) throttle.show(message);
    assert.deepEqual(shown, ["one"]);
    mock.timers.tick(2000);
    assert.deepEqual(shown, ["one", "three"]);
  });

  it("shows a new stage at once, and drops the waiting status", () => {
    begin("log");
    throttle.show("one");
    throttle.show("two");
    throttle.begin("verifying");
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one", "verifying"]);
  });

  it("shows no status twice in a row", () => {
    begin("terminal");
    throttle.show("one");
    throttle.show("one");
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one"]);
  });

  it("shows the waiting status at the end, and none after it", () => {
    begin("log");
    throttle.show("one");
    throttle.show("two");
    throttle.end();
    mock.timers.tick(200_000);
    assert.deepEqual(shown, ["one", "two"]);
  });

  it("writes 40 to 90 statuses to a log in a build of 40 minutes with a line each second", () => {
    begin("log");
    showEachSecond(40);
    assert.ok(shown.length > 40 && shown.length < 90, String(shown.length));
  });

  it("updates a terminal every other second at first, and less than 400 times in 40 minutes", () => {
    begin("terminal");
    showEachSecond(1);
    assert.ok(shown.length >= 29, String(shown.length));
    showEachSecond(39);
    assert.ok(shown.length < 400, String(shown.length));
  });
});
