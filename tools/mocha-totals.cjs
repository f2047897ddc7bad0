// A mocha reporter for .ci/run: prints like `spec` and keeps the totals in the file that
// MOCHA_TOTALS names. It writes after every test, so that a run that is killed still counts. The
// titles of what passed stand in a file of the same name with `.passed` behind it.
const { appendFileSync, writeFileSync } = require("node:fs");
const Mocha = require("mocha");

class Totals extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.MOCHA_TOTALS;
    if (file === undefined) throw new Error("MOCHA_TOTALS names no file for the totals.");
    const totals = { passes: 0, failures: 0, pending: 0, ended: 0 };
    const count = (name) => () => {
      totals[name] += 1;
      const { passes, failures, pending, ended } = totals;
      writeFileSync(file, `${passes} ${failures} ${pending} ${ended}\n`);
    };
    runner.on("pass", count("passes"));
    runner.on("pass", (test) => appendFileSync(`${file}.passed`, `${test.title}\n`));
    runner.on("fail", count("failures"));
    runner.on("pending", count("pending"));
    runner.on("end", count("ended"));
  }
}

module.exports = Totals;
