// `stylus-image build` with the test's agent instead of the package's.
"use strict";
const { join } = require("node:path");

const built = join(__dirname, "..", "..", "dist", "provider");
const { prepare } = require(join(built, "cli", "input", "prepare.js"));
const { localHost } = require(join(built, "hosts", "local.js"));
const { defaultCacheDirectory } = require(join(built, "system", "workspace.js"));

async function main([installer, to, more = "{}"]) {
  const { signal } = new AbortController();
  const options = { installer, to: [to], diskSize: "1GiB", verifyBoot: true, ...JSON.parse(more) };
  const cacheDirectory = defaultCacheDirectory();
  const request = await prepare(options, { cacheDirectory, warn: console.warn, signal });
  const host = localHost({ agentPath: process.env.STYLUS_TEST_AGENT });
  await host.build(request, () => undefined, signal);
}

void main(process.argv.slice(2));
