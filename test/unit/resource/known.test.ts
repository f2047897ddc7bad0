import assert from "node:assert/strict";
import { join } from "node:path";
import { knownArtifacts, knownSchema } from "../../../provider/resource/known";
import { directoryRecords } from "../../../provider/publish/directory-records";
import { addPublication, addRequest, claimHead } from "../../../provider/publish/record";
import { requireImageSpec } from "../../../provider/spec/parse";
import type { Publication } from "../../../provider/spec/state";
import {
  contentDigest,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
} from "../build/samples";
import { temporaryFolder } from "../build/temporary-folder";

const folder = temporaryFolder();
const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const pinned = { recipe: "1", userDataDigest: digest("a"), installer: {}, installKey };
const unpinned = { ...pinned, installKey: undefined, requestKey: digest("f") };
const known = (artifacts: readonly Publication[]) => ({ installKey, contentDigest, artifacts });

function find(
  resolved: typeof pinned | typeof unpinned,
  before?: object,
  formats = ["raw", "qcow2"],
) {
  const spec = requireImageSpec({
    installer: "a",
    formats,
    publishTo: [{ type: "directory", path: "a" }],
  });
  const oldInputs = before === undefined ? {} : { known: before };
  const context = { rootDirectory: folder(), cacheDirectory: join(folder(), "cache") };
  return knownArtifacts(spec, resolved, oldInputs, context);
}

async function record(path: string, artifacts: readonly Publication[]): Promise<void> {
  const store = directoryRecords(join(folder(), path), path);
  await claimHead(store, head, signal);
  for (const it of artifacts) await addPublication(store, installKey, entryOf(it), signal);
  const leads = { installKey, installerSha256: head.installerSha256 };
  await addRequest(store, digest("f"), leads, signal);
}
const cached = (artifacts: readonly Publication[]) => record("cache", artifacts);

describe("knownArtifacts", () => {
  it("knows nothing before the first build", async () => {
    assert.equal(await find(pinned), undefined);
    assert.equal(await find(unpinned), undefined);
  });

  it("takes what the old inputs knew", async () => {
    assert.deepEqual((await find(pinned, known([raw, qcow2])))?.artifacts, [raw, qcow2]);
  });

  it("takes what the local cache's record knows, and no more of it than outputs hold", async () => {
    await cached([raw, qcow2]);
    const found = await find(pinned);
    assert.deepEqual(found?.artifacts, [raw, qcow2]);
    assert.equal(found.contentDigest, contentDigest);
    assert.equal(knownSchema.strict().safeParse(found).success, true);
  });

  it("takes what a target's record knows, where the cache knows nothing", async () => {
    await record("a", [raw, qcow2]);
    assert.deepEqual((await find(pinned))?.artifacts, [raw, qcow2]);
  });

  it("finds the record of an unpinned installer by its request key", async () => {
    await cached([raw, qcow2]);
    assert.deepEqual((await find(unpinned))?.artifacts, [raw, qcow2]);
  });

  it("finds a format that was added since the old inputs", async () => {
    await cached([raw, qcow2]);
    assert.deepEqual((await find(pinned, known([qcow2])))?.artifacts, [raw, qcow2]);
  });

  it("still knows the other formats while the added one is not made", async () => {
    await cached([qcow2]);
    assert.deepEqual((await find(pinned, known([qcow2])))?.artifacts, [qcow2]);
  });

  it("drops what is no longer asked for", async () => {
    assert.deepEqual((await find(pinned, known([raw, qcow2]), ["raw"]))?.artifacts, [raw]);
  });

  it("takes nothing of another install", async () => {
    const other = { ...known([raw, qcow2]), installKey: digest("2") };
    assert.equal(await find(pinned, other), undefined);
    assert.equal(await find(unpinned, { ...other, requestKey: digest("3") }), undefined);
  });

  it("takes no artifact of another content or with other options", async () => {
    const found = await find(
      pinned,
      known([publicationAt("directory:a", "raw", digest("e")), qcow2]),
      ["raw"],
    );
    assert.deepEqual(found?.artifacts ?? [], []);
  });

  it("takes damaged old inputs for none", async () => {
    assert.equal(await find(pinned, { installKey: 5 }), undefined);
  });
});
