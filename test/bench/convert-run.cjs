"use strict";
// Converts a disk to formats, one after the other: convert-run.cjs DISK CONTENT-DIGEST FOLDER FORMAT...
const { join } = require("node:path");
const dist = join(__dirname, "..", "..", "dist", "provider");
const { makeArtifact } = require(join(dist, "formats", "make-artifact.js"));
const { formatFor } = require(join(dist, "plan", "formats.js"));
const { formatSchema } = require(join(dist, "schema", "formats.js"));

async function main([path, contentDigest, folder, ...formats]) {
  const signal = new AbortController().signal;
  const conversion = (_format, work) => work({ signal, onProgress: () => undefined });
  const image = { installKey: "", contentDigest };
  const workshop = { image, disk: path, folder, made: new Map(), signal, conversion };
  const sizes = {};
  for (const text of formats) {
    const format = formatFor(formatSchema.parse(JSON.parse(text)), false);
    const { sizeBytes } = await makeArtifact(workshop, format, { remote: false });
    sizes[format.type] = sizeBytes;
  }
  process.stdout.write(JSON.stringify(sizes));
}

void main(process.argv.slice(2));
