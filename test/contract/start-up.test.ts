import assert from "node:assert/strict";
import { execa } from "execa";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { artifactKey } from "../../provider/plan/keys";
import { userProject } from "../e2e/stack";

/** Runs verbs as the engine's runner does, and records by Node's hooks which packages each of them loads. */
const script = `
const { registerHooks } = require("node:module");
const packages = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const inside = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(resolved.url);
    if (inside !== null) packages.add(inside[1]);
    return resolved;
  },
});
const loaded = {};
const after = (what) => {
  loaded[what] = [...packages].filter((name) => name !== "pulumi-stylus-image").sort();
};
(async () => {
  const { call } = await import("pulumi-stylus-image/provider");
  const run = (verb, ...args) => call({ resource: "StylusImage", verb, arguments: args });
  const { steps } = JSON.parse(process.argv[2]);
  after("entry");
  const results = [];
  for (const { what, verb, arguments: args } of steps) {
    results.push(await run(verb, ...args));
    after(what);
  }
  process.stdout.write(JSON.stringify({ loaded, results }));
})();
`;

const digest = "c".repeat(64);
const inputs = {
  installer: { url: "https://images.example/a.iso", sha256: digest },
  users: [{ name: "ops", password: "correct horse" }],
  userData: { hostname: "edge" },
  publishTo: [{ type: "s3", bucket: "images" }],
};
const inFolder = { ...inputs, publishTo: [{ type: "directory", path: "no-images" }] };
const publication = {
  format: "qcow2",
  target: "s3://images",
  uri: "s3://images/a",
  // On AWS the region is part of the URL unless `publicUrl` is set.
  url: "https://images.s3.eu-central-1.amazonaws.com/a",
  sizeBytes: 1,
  sha256: digest,
  mediaType: "application/x-qemu-disk",
  encoder: "qemu-img 7",
};

interface Step {
  readonly what: string;
  readonly verb: string;
  readonly arguments: readonly unknown[];
}
interface Ran {
  readonly loaded: Record<string, string[]>;
  readonly results: { inputs: { resolved: { installKey: string } } }[];
}

async function run(...steps: readonly Step[]): Promise<Ran> {
  const folder = await userProject();
  const path = join(folder, "loads.cjs");
  await writeFile(path, script);
  const { stdout } = await execa(process.execPath, [path, JSON.stringify({ steps })], {
    cwd: folder,
    env: { XDG_CACHE_HOME: join(folder, "no-cache") },
  });
  return JSON.parse(stdout) as Ran;
}

describe("Start-up", () => {
  it("12: loads only zod for check and diff of an unchanged image, and yaml only for user-data as text", async () => {
    const userData = "#cloud-config\nhostname: edge\n";
    const first = await run(
      { what: "new", verb: "check", arguments: [{}, inFolder] },
      { what: "text", verb: "check", arguments: [{}, { ...inFolder, userData }] },
    );
    assert.deepEqual(first.loaded, { entry: ["zod"], new: ["zod"], text: ["yaml", "zod"] });

    const { resolved } = first.results[0]!.inputs;
    const { installKey } = resolved;
    const contentDigest = digest;
    const artifact = {
      ...publication,
      artifactKey: artifactKey(
        { installKey, contentDigest },
        { type: "qcow2", compression: "zlib" },
        publication.encoder,
      ),
    };
    const known = { installKey, contentDigest, artifacts: [artifact] };
    const before = { ...inputs, resolved, known };
    const outputs = {
      schemaVersion: 1,
      instance: "i",
      installKey,
      recipe: "1",
      installerSha256: digest,
      contentDigest,
      virtualSizeBytes: 100 * 2 ** 30,
      firmware: "bios",
      arch: "amd64",
      guestId: "g",
      scsiType: "s",
      artifacts: [artifact],
      pending: [],
      missing: [],
      publishTo: [{ type: "s3", bucket: "images", prefix: "", checksums: "auto" }],
    };
    const second = await run(
      { what: "check", verb: "check", arguments: [before, inputs] },
      { what: "diff", verb: "diff", arguments: ["edge-cccccccccccc", outputs, before] },
    );
    assert.deepEqual(second.loaded, { entry: ["zod"], check: ["zod"], diff: ["zod"] });
    assert.deepEqual(second.results[1], { changes: false, replaces: [] });
  });
});
