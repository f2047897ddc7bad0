// Exits with 0 if node_modules matches package-lock.json, so that `npm ci` is not needed. npm lists the installed
// packages in node_modules/.package-lock.json.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const wanted = packages("package-lock.json");
const installed = packages("node_modules/.package-lock.json");
delete wanted[""]; // The repository itself.

for (const [path, entry] of Object.entries(wanted)) {
  const found = installed[path];
  if (found === undefined && entry.optional) continue; // For another platform.
  if (found?.version !== entry.version || found.integrity !== entry.integrity) stale(path);
}
for (const path of Object.keys(installed)) if (!(path in wanted)) stale(path);

function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return stale(file);
  }
}

function stale(what) {
  console.error(`node_modules does not match package-lock.json: ${what}`);
  process.exit(1);
}
