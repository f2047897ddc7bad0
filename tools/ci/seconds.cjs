// How long each check and each file of tests took: in the last run on this machine, else as committed beside this file.
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const committed = join(__dirname, "seconds.json");
const guess = 10;

/** Seconds by the name of the check or the path of the file. */
function readSeconds(lastRun) {
  const known = { ...read(committed), ...read(lastRun) };
  return (name) => known[name] ?? guess;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

/** Keeps what was measured. A file that shared its process has the seconds of its tests only. */
function keepSeconds(lastRun, measured) {
  const sorted = Object.entries({ ...read(lastRun), ...measured }).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const part = `${lastRun}.${process.pid}`;
  mkdirSync(dirname(lastRun), { recursive: true });
  writeFileSync(part, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
  renameSync(part, lastRun);
}

module.exports = { readSeconds, keepSeconds };
