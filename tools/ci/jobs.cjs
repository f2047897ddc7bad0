// What CI runs, besides set-up and the README's commands.
const { join } = require("node:path");
const { mochaJobs } = require("./mocha-jobs.cjs");

const npm = (script, ...more) => ["npm", "run", "--silent", script, ...more];
const shellcheck = "git ls-files -z -- '*.sh' .ci/run | xargs -0 shellcheck --external-sources";

/** `secondsOf` answers how long a file or a check took before; `work` is a folder for what jobs hand to others. */
function allJobs({ secondsOf, work, cache }) {
  const check = (name, minutes, command) => ({
    name,
    suite: name,
    minutes,
    command,
    seconds: secondsOf(name),
  });
  const suite = (name, minutes, together, needs = ["build"]) =>
    mochaJobs({ suite: name, minutes, needs, together, secondsOf }).map((job) => ({
      ...job,
      env: { MOCHA_PASSED: join(work, `${name}.passed`) },
    }));

  const contract = suite("contract", 20, 20);
  const points = {
    ...check("points", 1, [
      process.execPath,
      "tools/check-points.cjs",
      "test/contract/README.md",
      join(work, "contract.passed"),
    ]),
    after: contract.map(({ name }) => name),
  };
  const incremental = ["--incremental", "--tsBuildInfoFile", join(cache, "types.tsbuildinfo")];
  return [
    check("build", 5, npm("build")),
    check("types", 5, npm("typecheck", "--", ...incremental)),
    check("knip", 5, npm("knip")),
    check("format", 5, npm("format:check")),
    check("lint", 10, npm("lint")),
    check("shell", 5, ["bash", "-c", shellcheck]),
    check("docs", 5, npm("docs", "--", "--check")),
    ...suite("unit", 10, 15, []),
    ...suite("real", 30, 15),
    ...suite("e2e", 40, 15),
    ...contract,
    ...suite("examples", 20, 15),
    points,
  ];
}

module.exports = { allJobs };
