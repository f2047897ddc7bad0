// Fails if a numbered row of a table has no passing test whose title begins with its number.
//
//   node tools/check-points.cjs TABLE.md PASSED-TITLES
const { existsSync, readFileSync } = require("node:fs");

const [table, passed] = process.argv.slice(2);
const points = [...readFileSync(table, "utf8").matchAll(/^\| *(P?\d+) *\|/gm)].map(
  ([, number]) => number,
);
const titles = existsSync(passed) ? readFileSync(passed, "utf8").split("\n") : [];
const count = (point) => titles.filter((title) => title.startsWith(`${point}: `)).length;

for (const point of points) console.log(`point ${point}: ${count(point)} tests passed`);
const without = points.filter((point) => count(point) === 0);
if (points.length === 0) console.error(`${table} has no table of points.`);
if (without.length > 0) console.error(`Points without a passing test: ${without.join(", ")}.`);
process.exitCode = points.length === 0 || without.length > 0 ? 1 : 0;
