"use strict";
// Copies a raw disk as a directory target does, and may take its hash too: copy-run.cjs DISK COPY true|false
const { join } = require("node:path");
const dist = join(__dirname, "..", "..", "dist", "provider");
const { copySparse } = require(join(dist, "system", "files", "copy-sparse.js"));
const { hashFile } = require(join(dist, "system", "files", "hash.js"));

async function main([disk, copy, isHashed]) {
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await copySparse(disk, copy, options);
  if (isHashed === "true") process.stdout.write(await hashFile(disk, options));
}

void main(process.argv.slice(2));
