// Divides a suite of tests into jobs: one mocha process for each file, or for several files that take little time.
const { globSync, readFileSync } = require("node:fs");
const { basename, join, relative, sep } = require("node:path");

const repository = join(__dirname, "..", "..");
const reporter = join(__dirname, "mocha-totals.cjs");

/**
 * Jobs of the suite that test/<suite>.mocharc.json describes. Files for which `secondsOf` is below `together` share a
 * process until that is about their sum, because starting a process costs a second or more.
 */
function mochaJobs({ suite, minutes, needs, together, secondsOf }) {
  const config = JSON.parse(
    readFileSync(join(repository, "test", `${suite}.mocharc.json`), "utf8"),
  );
  const isPattern = (spec) => spec.includes("*");
  // Files with hooks for all others.
  const hooks = config.spec.filter((spec) => !isPattern(spec));
  const files = config.spec
    .filter(isPattern)
    .flatMap((pattern) => globSync(pattern, { cwd: repository }))
    .map((file) => file.split(sep).join("/"))
    .sort();
  if (files.length === 0) throw new Error(`The suite ${suite} has no file.`);
  return groups(files, secondsOf, together).map((group) => ({
    name: nameOf(suite, group),
    suite,
    minutes,
    needs,
    files: group,
    seconds: group.reduce((sum, file) => sum + secondsOf(file), 0),
    command: [process.execPath, mochaOf(), ...options(config), ...hooks, ...group],
  }));
}

const mochaOf = () => require.resolve("mocha/bin/mocha.js", { paths: [repository] });

function options({ require: modules, timeout, exit }) {
  return [
    "--no-config",
    ...modules.flatMap((name) => ["--require", name]),
    ...["--timeout", String(timeout)],
    ...["--reporter", reporter],
    ...(exit === true ? ["--exit"] : []),
  ];
}

function groups(files, secondsOf, together) {
  const all = [];
  let open;
  for (const file of files) {
    const seconds = secondsOf(file);
    if (seconds >= together) {
      all.push([file]);
    } else if (open === undefined || open.seconds + seconds > together) {
      open = { seconds, files: [file] };
      all.push(open.files);
    } else {
      open.seconds += seconds;
      open.files.push(file);
    }
  }
  return all;
}

/** `real cli/build`, or `unit plan/keys +7` for eight files. */
function nameOf(suite, [first, ...more]) {
  const path = relative("test", first)
    .split(sep)
    .join("/")
    .replace(/\.test\.ts$/, "");
  const short = path.startsWith(`${suite}/`) ? path.slice(suite.length + 1) : path;
  return `${suite} ${short || basename(first)}${more.length === 0 ? "" : ` +${more.length}`}`;
}

module.exports = { mochaJobs };
