// The mocha reporter of a CI job: prints what mocha's `spec` reporter prints, and appends one JSON object per event to
// the file that MOCHA_EVENTS names. Events are written at once, so that a run that is killed still counts. Titles of
// passed tests are appended to the file MOCHA_PASSED as well, where that is set.
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");
const Mocha = require("mocha");

class Totals extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.MOCHA_EVENTS;
    if (file === undefined) throw new Error("Set MOCHA_EVENTS to the file for the results.");
    const write = (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
    for (const event of ["pass", "fail", "pending"]) {
      runner.on(event, (test) =>
        write({
          event,
          title: test.title,
          fullTitle: test.fullTitle(),
          file: relative(process.cwd(), test.file ?? ""),
          ms: test.duration ?? 0,
          at: Date.now(),
        }),
      );
    }
    const passed = process.env.MOCHA_PASSED;
    if (passed !== undefined) {
      runner.on("pass", (test) => appendFileSync(passed, `${test.title}\n`));
    }
    runner.on("end", () => write({ event: "end" }));
  }
}

module.exports = Totals;
